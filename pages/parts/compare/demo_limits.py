"""Says what a demo network knows about a picture, and offers networks that know more."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from lrp import Backbone, WeightsError
from lrp.heads import SOFTMAX
from lrp.models.architectures import title
from lrp.models.imagenet import imagenet_size
from pages.parts.choose.samples import SAMPLES
from pages.parts.choose.unavailable import DEPTH, WEIGHTS_KIND
from pages.parts.frame.album import Picture
from pages.parts.frame.state import set_widgets
from pages.parts.say import words
from pages.parts.work import compute

FIRST_SAMPLE = next(iter(SAMPLES))
SURE = 0.6  # below, a network is called unsure
LITE = title("efficientnet_lite", 0)
# The demo networks' class "cat" is five of ImageNet's; the others have the names of ImageNet's.
CATS = frozenset({"tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"})


def show_demo_limits(place: DeltaGenerator, picture: Picture, network: Backbone, seen: Tensor) -> str:
    """Draws in `place` what the demo network knows, and whether the picture is probably none of that; returns this in short.

    Draws nothing for the first sample, which is one of those things, and for other weights. seen: the network's probabilities,
    (K,).
    """
    if (picture.shared and picture.name == FIRST_SAMPLE) or network.weights != "demo":
        return ""
    guess = network.categories[int(seen.argmax())]
    other = _thousand_classes(picture)
    if float(seen.max()) >= SURE and (other is None or agrees(guess, *other)):
        place.caption(f"This demo network knows {_known(network.categories)}, and nothing else.")
        return ""
    place.info(f"{doubt(network.categories, guess, float(seen.max()), other)}", icon=":material/help:")
    with place.container(horizontal=True):
        if other is not None:
            choice = {DEPTH.key: LITE}
            label = f"Look with 1,000 classes ({LITE})"
            st.button(label, on_click=set_widgets, args=(choice,), key="thousand classes")
        megabytes = f"{imagenet_size(network.depth, network.architecture) / 1e6:.0f} MB once"
        choice = {WEIGHTS_KIND.key: "imagenet"}
        st.button(
            f"{network.name} with ImageNet weights ({megabytes})", on_click=set_widgets, args=(choice,), key="imagenet weights"
        )
    return f"This is probably none of the {len(network.categories)} things it knows."


def doubt(known: Sequence[str], guess: str, certainty: float, other: tuple[Sequence[str], Tensor] | None) -> str:
    """Returns why the picture is probably none of the classes `known`, of which `guess` is the likeliest, as Markdown.

    certainty: the probability of `guess`. other: the names and the probabilities, (K,), of the network with a thousand classes.
    """
    said = f"This demo network knows {_known(known)}, and nothing else."
    if other is not None and not agrees(guess, *other):
        names, shares = other
        best = int(shares.argmax())
        sees = f"sees **{words.article(names[best])}** ({float(shares[best]):.0%}) where it says {guess}"
        return f"{said} The picture is probably none of them: {LITE}, which knows 1,000 classes, {sees}."
    return f"{said} It is unsure ({guess} {certainty:.0%}): the picture is probably none of them."


def agrees(guess: str, names: Sequence[str], shares: Tensor) -> bool:
    """Whether a class of the demo networks is among the five likeliest of ImageNet's; shares: their probabilities, (K,)."""
    likeliest = {names[i] for i in SOFTMAX.foremost(shares)}
    return bool(likeliest & CATS) if guess == "cat" else guess in likeliest


def _known(categories: Sequence[str]) -> str:
    """The classes in one sentence."""
    names = sorted(categories, key=str.lower)
    return f"{len(names)} things: {', '.join(names[:-1])} and {names[-1]}"


def _thousand_classes(picture: Picture) -> tuple[Sequence[str], Tensor] | None:
    """The classes of EfficientNet-Lite0 and what it thinks of the picture; None where its weights cannot be had."""
    try:
        network = compute.backbone("efficientnet_lite", 0, "imagenet")
    except WeightsError:
        return None
    return network.categories, network.kind.predictions(compute.logits_alone(picture, network))
