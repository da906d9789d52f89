"""Pictures of a data set with their maps, each a press away from Compare."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.mean_map import normalised
from lrp.datasets.source_pictures import read_bytes
from lrp.display.colours import colour_limit
from lrp.files.plain_text import plain_name
from lrp.pictures.decode import InputError
from pages.parts.choose.class_choice import CLASS
from pages.parts.choose.picture_sources import from_bytes
from pages.parts.choose.pictures import own_album
from pages.parts.dataset.seen_pictures import seen_pictures
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.maps import draw, enlarge, side_by_side
from pages.parts.frame.state import SessionValue

SHOWN, A_ROW = 12, 4  # pictures
ASKED = SessionValue[int]("picture to open in Compare")  # its position


def show_gallery(dataset: DataSet, pictures: Sequence[ExplainedPicture], scale: str, key: str) -> None:
    """Draws the first SHOWN of the pictures, each above its map, with a button that opens it in Compare.

    key: tells this place from others of the page.
    """
    shown = list(pictures[:SHOWN])
    maps = normalised(dataset.maps(shown))
    if len(pictures) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(pictures)}.")
    each = zip(shown, maps, seen_pictures(dataset, shown), strict=True)
    columns: list[st.delta_generator.DeltaGenerator] = []
    for place, (picture, values, seen) in enumerate(each):
        columns = st.columns(A_ROW) if place % A_ROW == 0 else columns
        with columns[place % A_ROW], st.container(key=f"{key} {place}"):
            name = plain_name(Path(picture.file).name)
            st.markdown(f"**{name_as_markdown(name, 24)}**  \n{_told(picture)}")
            drawn, alt = draw(values, scale, colour_limit([values])), f"relevance for {picture.explained_class} in {name}"
            if isinstance(seen, Image.Image):
                both, alt = side_by_side(enlarge(seen), drawn), f"{name} as the network saw it, and beside it the {alt}"
                st.image(both, width="stretch", alt=alt, output_format="PNG")
            else:
                st.caption(seen)
                st.image(drawn, width="stretch", alt=f"The {alt}", output_format="PNG")
            st.button(
                "Compare", key=f"open {key} {picture.position}", icon=":material/compare:", help="Opens it in Compare.",
                on_click=ASKED.set, args=(picture.position,),
            )  # fmt: skip


def _told(picture: ExplainedPicture) -> str:
    """What the network says of a picture, and its label where that is another one."""
    said = f"{name_as_markdown(picture.prediction)} {picture.confidence:.2f}"
    return f"{said}, is {name_as_markdown(picture.label)}" if picture.is_mistake else said


def open_asked_picture(dataset: DataSet) -> None:
    """Puts the picture whose button was pressed into the visitor's album and goes to the first page; says why where it cannot."""
    asked = ASKED.get()
    ASKED.pop()
    picture = next((each for each in dataset.pictures if each.position == asked), None)
    if picture is None:
        return
    try:
        data = read_bytes(dataset, picture)
    except InputError as error:
        st.warning(str(error), icon=":material/image_not_supported:")
        return
    own_album().take(lambda: from_bytes(data, Path(picture.file).name), Path(picture.file).name)
    other = picture.explained_class != picture.prediction
    st.switch_page("pages/compare.py", query_params={CLASS.key: picture.explained_class} if other else {})
