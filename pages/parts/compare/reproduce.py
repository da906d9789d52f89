"""The command line and the Python that compute the maps of the page once more."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from lrp.cli.asked_map import REFERENCES, AskedMap
from lrp.cli.command_lines import command_lines, settings_command
from lrp.cli.python_script import python_script
from lrp.display.html_parts import png_bytes
from lrp.pictures.samples import sample_name
from pages.parts.compare.panels import MapPanel
from pages.parts.frame.album import Picture
from pages.parts.frame.download_retention import retain_download
from pages.parts.frame.file_names import address_as_markdown, name_as_markdown
from pages.parts.frame.fold import opened_fold
from pages.parts.work.network_key import is_private

EXACT = (
    "Either computes the maps of this page once more, with the program installed as its README says. On the same machine the "
    "relevance has the same bytes as in *Numbers (NPZ)*; another kind of processor may round differently."
)


def show_reproduction(picture: Picture, panels: Sequence[MapPanel], settings_name: str) -> None:
    """Draws the fold with both. settings_name: of the file that *Settings (JSON)* hands out.

    They are without colours of a language, of which some are too pale to be read.
    """
    fold = opened_fold("Reproduce this", "reproduce")
    if fold is None:
        return
    questions = [panel.question for panel in panels]
    asked = [AskedMap(each.backbone, each.objective, each.method, is_private(each.backbone)) for each in questions]
    part = f"{PurePosixPath(settings_name).stem}.part.png" if picture.original else ""
    file = part or _file_of(picture)
    with fold:
        st.markdown(" ".join([EXACT, *_needed(picture, file, asked)]))
        if part:
            make = retain_download(lambda: png_bytes(picture.image), part, "image/png")
            fold.download_button(
                "Cropped file (PNG)", make, part, "image/png", on_click="ignore", icon=":material/download:", key="download part"
            )
        st.markdown("**Command line**")
        st.code("\n".join(command_lines(file, asked)), language=None, wrap_lines=True)
        st.markdown("**Python**")
        st.code(python_script(file, asked, "" if part else picture.link), language=None, wrap_lines=True)
        if not part and not any(panel.sees for panel in panels) and not any(each.references for each in asked):
            st.markdown("The file of *Settings (JSON)* says all of it as well, and then this is enough:")
            st.code(settings_command(file, settings_name), language=None, wrap_lines=True)


def _file_of(picture: Picture) -> str:
    """The picture as commands and scripts name it."""
    if picture.shared:
        return picture.key
    name = PurePosixPath(picture.name).name or "picture"
    return f"./{name}" if name.startswith("-") or sample_name(name) else name


def _needed(picture: Picture, file: str, asked: Sequence[AskedMap]) -> list[str]:
    """What must be at hand for them, in sentences."""
    needed = []
    if picture.original:
        needed.append(f"Both read the part that the networks are given from **{name_as_markdown(file)}**: save that file first.")
    elif picture.link:
        address = address_as_markdown(picture.link)
        needed.append(f"For the command line, save the picture of {address} as **{name_as_markdown(file)}**.")
    elif not picture.shared:
        needed.append(f"Both read your picture from the file **{name_as_markdown(file)}**, whose SHA-256 is `{picture.key}`.")
    own = dict.fromkeys(each.backbone.weights for each in asked if not each.published)
    needed += [f"The network is read from the file **{name_as_markdown(name)}**." for name in own]
    needed += [
        f"The pictures that {each.method.label} compares with, {name_as_markdown(str(each.references), 100)}, are read from a "
        f"folder called **{REFERENCES}**; those with a shorter side of more than 512 pixels are made smaller first."
        for each in asked if each.references
    ]  # fmt: skip
    return needed
