"""The form that takes a network of the visitor's own, its report, and what it says of the picture on show."""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lrp.heads import HEADS
from lrp.models.architectures.families import IN_WORDS
from lrp.models.preparation import INTERPOLATIONS
from pages.parts.choose.brought_network import BROUGHT, MAX_UPLOAD, TRIED, BroughtNetwork, use_brought
from pages.parts.choose.missing_network import doubt_of, take_place_of_missing
from pages.parts.choose.network_reading import PROBLEM, cancel_reading, show_reading, start_reading, take_reading
from pages.parts.choose.picture_sources import free_upload
from pages.parts.choose.unavailable import OWN
from pages.parts.frame.address import write_parameter_of_control
from pages.parts.frame.album import Picture
from pages.parts.frame.file_names import as_markdown, name_as_markdown
from pages.parts.frame.state import SessionValue
from pages.parts.say import words
from pages.parts.work import compute

AS_SAID = "as the file says"
CHECKPOINT = SessionValue[UploadedFile]("checkpoint")
OPEN = SessionValue[bool]("network form is open")
SENT = SessionValue[bool]("network form was sent")


def offer_to_bring_network(picture: Picture) -> None:
    """Draws the button that opens the form."""
    label = "Bring your own network"
    st.button(label, key="bring network", icon=":material/upload_file:", width="stretch", on_click=OPEN.set, args=(True,))
    if OPEN.get():  # also in the runs that come while maps are computed
        _bring_network(picture)


def _close() -> None:
    OPEN.pop()
    cancel_reading()


@st.dialog("Your own network", on_dismiss=_close)
def _bring_network(picture: Picture) -> None:
    if not OPEN.get():
        st.rerun()  # which closes the form
    draw_form(picture)


def draw_form(picture: Picture) -> None:
    """Draws the form, and what was made of the file that was sent last."""
    with st.form("network form", border=False):
        file = st.file_uploader(
            "Checkpoint", key=CHECKPOINT.key, max_upload_size=MAX_UPLOAD // 10**6,
            help=f"The state dict of a {IN_WORDS}, up to {MAX_UPLOAD // 10**6} MB, in a file of torch.save "
            "(.pth, .pt, .ckpt, .tar, .bin) or .safetensors. Nothing in it runs. It stays for this visit; nobody else sees it.",
        )
        names = st.file_uploader(
            "Class names, if a file has them", ["txt", "json", "csv"], key="class names", max_upload_size=10,
            help="One name a line, a JSON list or mapping, or a CSV column. Without it the classes are numbered.",
        )
        with st.expander("What the file does not say"):
            given = _choose_preparation()
        icon = ":material/fact_check:"
        st.form_submit_button("Read the network", icon=icon, on_click=SENT.set, args=(True,), type="primary", width="stretch")
    if SENT.get():
        SENT.pop()
        _read(file, given, names)
    if take_reading():
        show_reading()
    elif problem := PROBLEM.get():
        st.warning(as_markdown(problem), icon=":material/error:")
    elif tried := TRIED.get():
        _show_report(tried, picture)


def _choose_cut() -> dict[str, object]:
    """Draws the fields that say what of a picture is seen, and returns what was filled in."""
    left, right = st.columns(2, vertical_alignment="bottom")
    size = left.number_input("Size in pixels", 16, 1024, None, key="network size", help="A side of the pictures that it sees.")
    of_width = "Where the pictures are not square: the size is then their height."
    width = right.number_input("Width", 16, 1024, None, key="network width", placeholder="as the size", help=of_width)
    of_resize = "In pixels, such as 256 for 224."
    resize = st.number_input("Shorter side before the cut", 16, 2048, None, key="network resize", help=of_resize)
    of_squash = "The whole picture is scaled to the size, whatever its sides, and nothing is cut away."
    squash = st.checkbox("Nothing is cut away", key="network squash", help=of_squash)
    return {"size": [size or width, width] if width else size, "resize": resize, "squash": squash or None}


def _choose_preparation() -> dict[str, object]:
    """Draws the fields for what a file may not say; returns what was filled in, as settings of `lrp.load_network`."""
    cut = _choose_cut()
    how = st.selectbox("Interpolation", [AS_SAID, *INTERPOLATIONS], key="network interpolation")
    of_values = "Of values in 0..1, for each channel."
    mean = st.text_input("Mean", key="network mean", placeholder="0.485, 0.456, 0.406", help=of_values)
    std = st.text_input("Standard deviation", key="network std", placeholder="0.229, 0.224, 0.225")
    head = st.selectbox(
        "Outputs", [AS_SAID, *HEADS], key="network head",
        help="softmax: one class of several. sigmoid: labels, each there or not. regression: predicted values.",
    )  # fmt: skip
    of_part = "Which network, where the file holds several: a name that the message on it lists."
    part = st.text_input("Part", key="network part", help=of_part)
    of_name = "Such as tf_efficientnet_b0, where networks of other names have the same shapes."
    name = st.text_input("Architecture", key="network architecture", help=of_name)
    found = {
        **cut, "mean": _numbers(mean), "std": _numbers(std), "part": part.strip() or None, "architecture": name.strip() or None,
        "interpolation": None if how == AS_SAID else how, "head": None if head == AS_SAID else head,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _numbers(text: str) -> list[float] | str | None:
    """The numbers in a text; the text itself where it holds others, for the reader of networks to refuse."""
    try:
        return [float(part) for part in text.replace(";", ",").split(",")] if text.strip() else None
    except ValueError:
        return text


def _read(file: UploadedFile | None, given: Mapping[str, object], names: UploadedFile | None) -> None:
    """Begins to read the file that was sent."""
    PROBLEM.pop()
    TRIED.pop()
    if file is None:
        PROBLEM.set("Choose a checkpoint first.")
        return
    start_reading((file.name, file.getvalue()), given, None if names is None else (names.name, names.getvalue()))


def _show_report(tried: BroughtNetwork, picture: Picture) -> None:
    """Draws the fit report, what the network says of the picture, and the button that takes it."""
    network = tried.backbone
    predictions = network.kind.predictions(compute.logits_alone(picture, network))
    st.markdown(f"**{name_as_markdown(tried.name)}**  \nFor the picture on show: {words.headline_of(network, predictions)}")
    st.markdown("\n".join(f"- {as_markdown(sentence)}" for sentence in network.report.sentences()))
    if doubt := doubt_of(tried):
        st.warning(doubt, icon=":material/difference:")
    if BROUGHT.get().get(tried.name) is tried:
        st.caption("It is in use. Choose another one in the menu *Your network*.")
    else:
        icon = ":material/check:"
        st.button(
            "Use this network", on_click=_use, args=(tried,), key="use network", icon=icon, type="primary", width="stretch"
        )


def _use(tried: BroughtNetwork) -> None:
    """Takes the network for this visit, where the link asks for it as well, and frees the bytes of its file."""
    OPEN.pop()
    use_brought(tried)
    OWN.set(tried.name)
    write_parameter_of_control(OWN.key, tried.name)
    take_place_of_missing(tried.name)
    if file := CHECKPOINT.get():
        free_upload(file)
