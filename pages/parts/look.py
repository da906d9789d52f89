"""How the maps are drawn: nothing here is computed again when it changes."""

from dataclasses import asdict, dataclass

import streamlit as st

from lrp.heatmap import SCALES, SIGNS


@dataclass(frozen=True)
class Look:
    """The display settings of a comparison.

    scale: the name of the colour scale; photo: how much of the photo shows through where relevance is weak, 0 to 1; sign: "both",
    "positive" or "negative"; percentile: of |relevance|, which gets the strongest colour; common: one range for all maps;
    difference: whether a panel shows the first map minus the third.
    """

    scale: str = next(iter(SCALES))
    photo: float = 0.0
    sign: str = "both"
    percentile: float = 99.0
    common: bool = False
    difference: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The colours of the two ends in words, that for the class first: ("red", "blue")."""
        against, _, speaking = self.scale.lower().split(" - ")
        return speaking, against

    def settings(self) -> dict[str, object]:
        """The settings by name, for what people take away."""
        return asdict(self)


def choose_look() -> Look:
    """Draws the display controls."""
    sign = st.segmented_control(
        "Show", SIGNS, default="both", key="sign", bind="query-params", required=True, format_func=str.capitalize,
        help="Positive relevance speaks for the explained class, negative against it.",
    )
    percentile = st.slider(
        "Strongest colour at percentile", 90.0, 100.0, 99.0, 0.5, key="clip", bind="query-params",
        help="Pixels beyond this percentile share the strongest colour, so that a few extreme ones do not fade all others.",
    )
    photo = st.slider(
        "Photo beneath the map", 0.0, 1.0, 0.0, 0.1, key="photo", bind="query-params",
        help="Lets the photo show through, in grey, where relevance is weak.",
    )
    common = st.toggle(
        "Common colour scale", key="common", bind="query-params",
        help="Off: each map uses its own full range, which shows where. On: one range for all, which also shows how much.",
    )
    difference = st.toggle(
        "Difference of first and third", key="difference", bind="query-params",
        help="Each map divided by its own range, then subtracted: where the first or the third is higher.",
    )
    scale = st.selectbox(
        "Colours", list(SCALES), key="colours", bind="query-params", help="Colour-blind people can tell either pair apart."
    )
    return Look(scale, photo, sign, percentile, common, difference)
