"""The controls that choose the network, and the network that is shown while that one cannot be had."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrp import Backbone, WeightsError
from lrp.files.plain_text import plain_name
from lrp.models.architectures import title
from lrp.models.imagenet import imagenet_size
from lrp.models.loading import bundled_depths
from lrp.network.out_of_memory import is_out_of_memory
from lrp.progress import BytesProgress, share_done
from pages.parts.choose.bring_network import offer_to_bring_network
from pages.parts.choose.brought_network import uploads_allowed
from pages.parts.choose.catalogue import ABOUT, FAMILIES, FIRST, INSTALLED, NETWORKS, family_of, published_choices
from pages.parts.choose.missing_network import write_fingerprints
from pages.parts.choose.own_network import choose_own_network, is_own_chosen, own_networks
from pages.parts.choose.unavailable import (
    DEPTH,
    FAILURE,
    FAMILY,
    LAST_SHOWN,
    OWN,
    PUBLISHED,
    SIZE,
    WEIGHTS_KIND,
    Choice,
    Failure,
    Unavailable,
)
from pages.parts.frame.address import write_parameter_of_control
from pages.parts.frame.album import Picture
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.network_names import WEIGHTS, WITH_BOTH, label_with_weights
from pages.parts.work import compute


def choose_network(picture: Picture, of_download: DeltaGenerator) -> tuple[Backbone, Unavailable | None]:
    """Returns the chosen network; if it cannot be loaded or run on the picture, the last one that could, and why.

    of_download: where the bar of a download is drawn.
    """
    architecture, depth = NETWORKS[_choose_size()]
    weights = _choose_weights(architecture, depth)
    own = choose_own_network()
    write_fingerprints()
    if uploads_allowed():
        offer_to_bring_network(picture)
    asked = Choice(architecture, depth, weights, own.name if own else "")
    failure = FAILURE.get()
    # A failure is remembered, or a server that does not answer would be asked again with every moved slider.
    if failure is None or failure.asked != asked:
        FAILURE.pop()
        with of_download:
            loaded = load_choice(picture, asked)
        if isinstance(loaded, Backbone):
            LAST_SHOWN.set(asked)
            return loaded, None
        FAILURE.set(failure := loaded)
    shown = LAST_SHOWN.get() or Choice("resnet", bundled_depths()[0], "demo")
    st.caption(f"Not to be had now; the page shows {shown.name}.")
    return _backbone(shown), Unavailable(asked, failure.why, shown, network_controls(shown))


def asked_label() -> str:
    """Returns the label of the network that the controls or the link ask for, before the controls are drawn."""
    asked = OWN.get() if OWN.is_set else st.query_params.get(OWN.key)
    if own := next((name for name in own_networks() if asked in (name, plain_name(name))), None):
        return name_as_markdown(own)
    architecture, depth = NETWORKS.get(str(_asked_size()), NETWORKS[FIRST])
    kind = WEIGHTS_KIND.get() if WEIGHTS_KIND.is_set else st.query_params.get(WEIGHTS_KIND.key)
    weights = next((weights for weights in WEIGHTS if weights.casefold() == str(kind).casefold()), "demo")
    return label_with_weights(architecture, title(architecture, depth), weights)


def _asked_size() -> str | None:
    return DEPTH.get() if DEPTH.is_set else st.query_params.get(DEPTH.key)


def _choose_size() -> str:
    """Draws the menus of the family and of its sizes; returns the name of the network in a link."""
    # The family follows the size, which alone is in the link and is also chosen by buttons.
    chosen = _asked_size()
    FAMILY.set(family := family_of(chosen))
    st.selectbox(
        "Family", list(FAMILIES), key=FAMILY.key, on_change=_take_family, disabled=is_own_chosen(), format_func=_offer,
        help="\n".join(f"- **{name}**: {about}" for name, about in ABOUT.items()),
    )  # fmt: skip
    sizes = list(FAMILIES[family])
    if family == family_of(FIRST):
        size: str | None = st.segmented_control(
            "ResNet depth", sizes, default=FIRST, key=DEPTH.key, bind="query-params", required=True, help=ABOUT[family],
            disabled=is_own_chosen(),
        )  # fmt: skip
        return size or FIRST  # a message may empty what no click can
    name = str(chosen)
    DEPTH.set(name)
    SIZE.set(name)
    st.selectbox("Size", sizes, key=SIZE.key, on_change=_take_size, help=ABOUT[family], disabled=is_own_chosen())
    write_parameter_of_control(DEPTH.key, name)
    return name


def _take_family() -> None:
    write_parameter_of_control(DEPTH.key, None)
    sizes = FAMILIES.get(FAMILY.get() or "") or FAMILIES[family_of(FIRST)]  # a message may name a family that there is none of
    DEPTH.set(next(iter(sizes)))


def _take_size() -> None:
    name = SIZE.get() or FIRST
    DEPTH.set(name if any(name in sizes for sizes in FAMILIES.values()) else FIRST)  # as above


def _offer(family: str) -> str:
    """The family as its menu shows it: with the number of its sizes."""
    return f"{family} ({len(FAMILIES[family])} sizes)"


def _choose_weights(architecture: str, depth: int) -> str:
    """Returns the kind of weights, chosen where there is a choice; else says which there are, and what is downloaded."""
    if architecture in INSTALLED:
        st.caption("1,000 classes of ImageNet, works offline.")
        return "imagenet"
    megabytes = f"{imagenet_size(depth, architecture) / 1e6:.0f} MB"
    if architecture != WITH_BOTH:
        st.caption(f"1,000 classes of ImageNet. {megabytes} are downloaded from torchvision’s server at first use.")
        return "imagenet"
    kind: str = st.radio(
        "Weights", ["demo", "imagenet"], key=WEIGHTS_KIND.key, bind="query-params", horizontal=True, disabled=is_own_chosen(),
        captions=["11 classes, works offline", f"1,000 classes, {megabytes} once"],
        format_func={"demo": "Demo", "imagenet": "ImageNet"}.get,
        help="Demo networks are small and come with the program. ImageNet weights are torchvision's, downloaded at first use.",
    )  # fmt: skip
    return kind


def network_controls(choice: Choice) -> dict[str, str]:
    """Returns the values of the controls that choose this network, by their keys."""
    depth = next(key for key, known in NETWORKS.items() if known == (choice.architecture, choice.depth))
    return {DEPTH.key: depth, WEIGHTS_KIND.key: choice.weights, OWN.key: choice.own or PUBLISHED}


def all_choices() -> dict[str, Choice]:
    """Returns every network that can be chosen by its label: those of a folder and the visitor's own, and the published ones."""
    published = published_choices()
    own = [replace(published[0], own=name) for name in own_networks()]
    return {choice.label: choice for choice in (*own, *published)}


def _backbone(choice: Choice, progress: BytesProgress | None = None) -> Backbone:
    own = own_networks().get(choice.own)
    if own is not None:
        return own.load()
    return compute.backbone(choice.architecture, choice.depth, choice.weights, progress)


def load_choice(picture: Picture, asked: Choice) -> Backbone | Failure:
    """Loads a network, with a bar that shows a download, and runs it on the picture; returns it, or why that failed."""
    bar = st.empty()

    def show(done: int, total: int) -> None:
        bar.progress(share_done(done, total), f"Downloading: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    try:
        network = _backbone(asked, show)
        compute.logits(picture, network)
        return network
    except (WeightsError, OSError, ValueError, TypeError) as error:
        if not (asked.own or isinstance(error, WeightsError)):
            raise
        return Failure(asked, str(error))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return Failure(asked, f"{asked.name} needs more memory than is free now; choose a smaller depth, or try again later.")
    finally:
        bar.empty()
