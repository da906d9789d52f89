"""The controls that choose the network, and the network that is shown while that one cannot be had."""

from collections.abc import Callable

import streamlit as st

from lrp import Backbone, WeightsError
from lrp.models.architectures import DEPTHS, title
from lrp.models.imagenet import imagenet_size
from lrp.models.loading import bundled_depths
from lrp.network.out_of_memory import is_out_of_memory
from pages.parts.choose.bring_network import offer_to_bring_network
from pages.parts.choose.brought_network import uploads_allowed
from pages.parts.choose.own_network import OwnChoice, choose_own_network, is_own_chosen, own_networks
from pages.parts.choose.unavailable import (
    DEPTH,
    FAILURE,
    LAST_SHOWN,
    OWN,
    PUBLISHED,
    WEIGHTS_KIND,
    Choice,
    Failure,
    Unavailable,
)
from pages.parts.frame.album import Picture
from pages.parts.work import compute

NETWORKS = {
    **{str(depth): ("resnet", depth) for depth in DEPTHS},
    **{title(*network): network for network in (("efficientnet_lite", 0), ("vgg", 16))},
}
INSTALLED = ("efficientnet_lite",)  # architectures whose only weights, of ImageNet, are installed with the program


def choose_network(picture: Picture) -> tuple[Backbone, Unavailable | None]:
    """Returns the chosen network; if it cannot be loaded or run on the picture, the last one that could, and why."""
    chosen = st.segmented_control(
        "ResNet depth", list(NETWORKS), default="18", key=DEPTH.key, bind="query-params", required=True,
        help="The number of layers. Deeper networks see finer differences and take longer. EfficientNet-Lite0 is no ResNet, but "
        "knows 1,000 classes without a download. VGG-16 is the network that much of the literature explains; it has ImageNet "
        "weights only.", disabled=is_own_chosen(),
    )
    architecture, depth = NETWORKS[chosen or "18"]  # a message may empty what no click can
    weights = _choose_weights(architecture, depth)
    own = choose_own_network()
    if uploads_allowed():
        offer_to_bring_network(picture)
    asked, failure = Choice(architecture, depth, weights, own.name if own else ""), FAILURE.get()
    # A failure is remembered, or a server that does not answer would be asked again with every moved slider.
    if failure is None or failure.asked != asked:
        FAILURE.pop()
        loaded = _load(picture, asked, own)
        if isinstance(loaded, Backbone):
            LAST_SHOWN.set(asked)
            return loaded, None
        FAILURE.set(failure := loaded)
    shown = LAST_SHOWN.get() or Choice("resnet", bundled_depths()[0], "demo")
    st.caption(f"Not to be had now; the page shows {shown.name}.")
    return _backbone(shown, own_networks().get(shown.own)), Unavailable(asked, failure.why, shown, _controls(shown))


def _choose_weights(architecture: str, depth: int) -> str:
    """Returns the kind of weights, chosen where there is a choice."""
    if architecture in INSTALLED:
        st.caption("1,000 classes of ImageNet, works offline.")
        return "imagenet"
    kind: str = st.radio(
        "Weights", ["demo", "imagenet"], key=WEIGHTS_KIND.key, bind="query-params", horizontal=True, disabled=is_own_chosen(),
        captions=["11 classes, works offline", f"1,000 classes, {imagenet_size(depth, architecture) / 1e6:.0f} MB once"],
        format_func={"demo": "Demo", "imagenet": "ImageNet"}.get,
        help="Demo networks are small and come with the program. ImageNet weights are torchvision's, downloaded at first use.",
    )  # fmt: skip
    return kind


def _controls(choice: Choice) -> dict[str, str]:
    """Returns the values of the controls that choose this network, by their keys."""
    depth = next(key for key, known in NETWORKS.items() if known == (choice.architecture, choice.depth))
    return {DEPTH.key: depth, WEIGHTS_KIND.key: choice.weights, OWN.key: choice.own or PUBLISHED}


def _backbone(choice: Choice, own: OwnChoice | None, progress: Callable[[int, int], None] | None = None) -> Backbone:
    if own is not None:
        return own.load()
    return compute.backbone(choice.architecture, choice.depth, choice.weights, progress)


def _load(picture: Picture, asked: Choice, own: OwnChoice | None) -> Backbone | Failure:
    """Loads the network and runs it on the picture; returns it, or why that failed."""
    bar = st.empty()

    def show(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), f"Downloading: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    try:
        network = _backbone(asked, own, show)
        compute.logits(picture, network)
        return network
    except (WeightsError, OSError, ValueError, TypeError) as error:
        if not (own or isinstance(error, WeightsError)):
            raise
        return Failure(asked, str(error))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return Failure(asked, f"{asked.name} needs more memory than is free now; choose a smaller depth, or try again later.")
    finally:
        bar.empty()
