"""Which settings of LRP a search tries: presets with gamma, epsilon by stage, and what they are called."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from itertools import product, zip_longest
from typing import Any, cast

import numpy as np

from lrp.methods.method import Method
from lrp.methods.presets import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlusFlat,
    UniformEpsilon,
)
from lrp.methods.stage_presets import ZeroEpsilonGammaBox
from lrp.settings import settings_in_words

DEFAULT: Method = EpsilonPlusFlat()  # what the settings that a search finds are compared with
GAMMAS = (0.25, 0.1, 1.0, 2.5, 10.0)
RELATIVE_EPSILONS = (0.1, 0.25, 1.0, 2.5)  # in units of RMS(z), which mean the same in every network
STAGE_EPSILONS = (0.25, 0.1, 1.0, 2.5)

# The settings of each preset, its defaults first. Epsilon in linear layers alone scales a map and is left out.
GRID: tuple[tuple[Method, ...], ...] = (
    (DEFAULT,),
    (EpsilonGammaBox(), *(EpsilonGammaBox(gamma=gamma) for gamma in GAMMAS[1:])),
    (
        ZeroEpsilonGammaBox(),
        *(
            ZeroEpsilonGammaBox(epsilon, gamma, last_epsilon=None if last == epsilon else last)
            for epsilon, last, gamma in product(STAGE_EPSILONS, STAGE_EPSILONS, GAMMAS)
            if (epsilon, last, gamma) != (STAGE_EPSILONS[0], STAGE_EPSILONS[0], GAMMAS[0])
        ),
    ),
    (UniformEpsilon(), *(UniformEpsilon(epsilon, relative=True) for epsilon in RELATIVE_EPSILONS)),
    (EpsilonAlpha2Beta1Flat(),),
    (EpsilonAlpha2Beta1(),),
)
GRID_SIZE = sum(map(len, GRID))


def draw_candidates(count: int, seed: int = 0) -> list[Method]:
    """Returns `count` methods of GRID, the default first; the presets take turns, each with its own defaults first.

    The other settings of a preset come in an order that `seed` draws, so that few candidates still are of every kind. Raises
    ValueError unless 2 <= count <= GRID_SIZE.
    """
    check_count(count)
    generator = np.random.default_rng(seed)
    drawn = [[own[0], *(own[1 + i] for i in generator.permutation(len(own) - 1))] for own in GRID]
    return [method for turn in zip_longest(*drawn) for method in turn if method is not None][:count]


def with_shifts(method: Method, shifts: int) -> Method:
    """Returns the method as a mean over `shifts` x `shifts` views, or as it is if it has no such setting."""
    if method.shifts == shifts or "shifts" not in {setting.name for setting in fields(method)}:
        return method
    return cast(Method, replace(cast(Any, method), shifts=shifts))


def changed_settings(method: Method) -> dict[str, object]:
    """Returns the settings of a method that are not its defaults, by name."""
    described = [setting for setting in fields(method) if setting.default is not MISSING]
    values = {setting.name: getattr(method, setting.name) for setting in described}
    return {setting.name: values[setting.name] for setting in described if values[setting.name] != setting.default}


def method_label(method: Method) -> str:
    """Returns what people call the method, with the settings that are not its defaults."""
    settings = settings_in_words(type(method), changed_settings(method))
    return f"{method.label} ({settings})" if settings else method.label


def check_count(count: int) -> None:
    """Raises ValueError for a number of candidates that the grid does not have."""
    if not 2 <= count <= GRID_SIZE:
        raise ValueError(f"the number of candidates must be between 2 and {GRID_SIZE}, got {count}")


def check_candidates(candidates: Sequence[Method]) -> None:
    """Raises ValueError for less than two candidates, and for two that are the same."""
    different = len(set(candidates))
    if different < 2 or different < len(candidates):
        raise ValueError(f"candidates must be at least 2, all different, got {len(candidates)}, {different} of them different")
