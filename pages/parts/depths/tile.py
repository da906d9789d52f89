"""One depth on the page: its prediction, and its maps by both methods."""

from collections.abc import Sequence

import streamlit as st

from lrp.attribution import Map
from lrp.heads import SOFTMAX
from lrp.methods.method import Method
from pages.parts.depths.study import DepthFailure, DepthResult, StudyPlace, place_name
from pages.parts.frame.file_names import as_markdown
from pages.parts.frame.maps import draw, faded
from pages.parts.frame.state import LazySessionValue
from pages.parts.say import map_words, number_words, words

Answer = tuple[Method, DepthResult | DepthFailure | None]  # a method and its result, None while there is none

# Title and map, by the number of the method and the network.
LAST_TILES = LazySessionValue("last tile maps", dict[tuple[int, StudyPlace], tuple[str, Map]])


def show_depth(depth: StudyPlace, answers: Sequence[Answer], picture: str, scale: str) -> None:
    """Draws one depth or network. picture: the name of the explained picture. scale: the name of the colour scale."""
    heading = f"**{place_name(depth)}**"
    present = [result for _, result in answers if isinstance(result, DepthResult)]
    if present:
        head, name = present[0].head, present[0].sees
        heading += f"  \n{words.article(name) if head is SOFTMAX else name}, {head.text(present[0].prediction)}"
        heading += f"  \n{present[0].instead}" if present[0].instead else ""
    st.markdown(heading)  # in one paragraph, as above the picture, so that the maps stand level with it
    for place, (method, result) in enumerate(answers):
        if isinstance(result, DepthResult):
            LAST_TILES.get()[place, depth] = f"{method.label}, {picture}", result.map
            _show_result(depth, method.label, result, scale)
        else:
            before = None if result else LAST_TILES.get().get((place, depth))
            _show_absence(method.label, result, before, scale)


def _show_result(depth: StudyPlace, label: str, result: DepthResult, scale: str) -> None:
    alt = f"{place_name(depth)}, {map_words.map_summary(label, result.map)}"
    st.image(draw(result.map, scale), width="stretch", alt=alt, output_format="PNG")
    sums = f"sums to {result.total:z.2f} of {result.explained:z.2f}"
    st.markdown(f"{label}  \n{sums}  \n{number_words.duration(result.seconds)}")


def _show_absence(label: str, failure: DepthFailure | None, before: tuple[str, Map] | None, scale: str) -> None:
    """Says why there is no map. before: the title and the map that were last shown in its place."""
    if before:
        title, values = before
        st.image(faded(draw(values, scale)), width="stretch", alt=f"The previous map: {title}", output_format="PNG")
        st.markdown(f"Above, until then, the previous map: {as_markdown(title)}")
    st.markdown(f"{label}  \n{failure.reason if failure else 'not computed yet'}")
