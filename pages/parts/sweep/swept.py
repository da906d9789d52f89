"""The settings that a page sweeps: their values, and what is said of them."""

from dataclasses import dataclass

import lrp
from lrp.methods.method import Method
from pages.parts.frame.menu_keys import EPSILON_REFERENCE, EPSILON_SWEPT, GAMMA_REFERENCE, GAMMA_SWEPT
from pages.parts.frame.state import SessionValue


@dataclass(frozen=True)
class Swept:
    """A setting of LRP methods that a page sweeps.

    name: of the setting, also in the link. symbol: in formulas. values: ascending from 0. ticks: those written at the axis.
    start_method: whose map all are compared with; None for the map at 0. start: what that map is called. stops: what is said of a
    map that is no longer like it, and beside: of those before. decides: what the setting does, in a sentence, and meaning: in
    more. source: the papers.
    settings_key, reference_key: of the menus of the swept method and of the map beside. at: where the slider rests in `values`.
    """

    name: str
    symbol: str
    values: tuple[float, ...]
    ticks: tuple[float, ...]
    start_method: Method | None
    start: str
    stops: str
    beside: str
    decides: str
    meaning: str
    source: str
    settings_key: str
    reference_key: str
    at: SessionValue[int]


EPSILON = Swept(
    "epsilon", "ε",
    (
        0.0, *(float(f"1e{power}") for power in range(-9, -3)),
        *(float(f"{digit}e{power}") for power in range(-3, 1) for digit in (1, 2.5, 5)), 10.0,
    ),
    (0, 1e-8, 1e-6, 1e-4, 1e-2, 1, 10),
    lrp.InputXGradient(),
    "Input × Gradient",
    "stops being Input × Gradient",
    "LRP-ε and Input × Gradient tell the same story, noise included",
    "Epsilon decides how much weak and contradictory evidence each layer drops.",
    "At 0 nothing is dropped: in a ReLU network the map is Input × Gradient, with all "
    "its noise. "
    "As epsilon grows, evidence for and against that nearly cancels goes first, and fewer, "
    "calmer regions stay; in the end hardly anything does.",
    "Bach et al. 2015, eq. 58",
    EPSILON_SWEPT,
    EPSILON_REFERENCE,
    SessionValue[int]("epsilon at"),
)  # fmt: skip
GAMMA = Swept(
    "gamma", "γ",
    (0.0, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 100.0),  # with AttnLRP's grid, 0, 0.01, 0.05, 0.1, 1 and 100
    (0, 0.01, 0.1, 1, 10, 100),
    None,
    "the map at γ = 0",
    "stops resembling the map at γ = 0",
    "evidence for and against weighs almost as it is, and much of it cancels",
    "Gamma decides how much more evidence counts that agrees with what a unit says.",
    "At 0 all of it counts as it is: where evidence for and against nearly cancels, both get large shares, and the map is noisy. "
    "As gamma grows, what agrees counts 1 + γ times, and the map becomes calmer and more of one colour; towards infinity "
    "evidence against gets nothing, as by the z⁺ rule.",
    "Montavon et al. 2019; in transformers Achtibat et al. 2024, whose grid of two gammas these values hold",
    GAMMA_SWEPT,
    GAMMA_REFERENCE,
    SessionValue[int]("gamma at"),
)  # fmt: skip
SWEPT = {swept.name: swept for swept in (EPSILON, GAMMA)}
# The methods in which gamma is swept: in transformers, and in other networks.
GAMMA_METHODS: tuple[type[Method], type[Method]] = (lrp.AttnLRPGamma, lrp.EpsilonGammaBox)
