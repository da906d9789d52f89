"""Present mode: one comparison in large type over the whole width, and keys that go from picture to picture."""

from functools import partial

import streamlit as st

from pages.parts.canvas.look import Look
from pages.parts.canvas.state import LOOK, current_look, set_look
from pages.parts.choose.pictures import SAMPLE
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.compare.copy_link import offer_link
from pages.parts.compare.guided_tour import end_tour
from pages.parts.frame.address import write_parameter
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import LazySessionValue

PRESENT = LazySessionValue("present", lambda: st.query_params.get("present", "").casefold() == "true")

# All else stays on the page, hidden: a control that is not drawn would forget what was chosen.
_STYLE = """
<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"],
.stMainBlockContainer > [data-testid="stVerticalBlock"] > :not(:has(
  .st-key-present-bar, .st-key-headline, .st-key-meaning, .st-key-maps, .st-key-link-note)):not(.st-key-present-bar),
.st-key-maps [data-testid="stCaptionContainer"] {display: none}
.stMainBlockContainer {padding-top: 1rem}
.st-key-headline h2 {font-size: clamp(1.5rem, 3vw, 3.25rem); line-height: 1.2}
.st-key-meaning p {font-size: clamp(1rem, 1.4vw, 1.5rem); max-width: none}
.st-key-present-bar p {font-size: 1rem; color: inherit}
.st-key-canvas {--title-size: clamp(1rem, 1.3vw, 1.5rem)}
</style>
"""


def is_presented() -> bool:
    """Whether the page is in present mode; writes it to the page's address."""
    write_parameter(PRESENT.key, "true" if PRESENT.get() else None)
    return PRESENT.get()


def offer_present() -> None:
    """Draws the button that begins present mode."""
    st.button(
        "Present", key="begin presenting", icon=":material/slideshow:", on_click=_present, args=(True,),
        help="This comparison alone, in large type. Arrow keys go through your pictures or the samples, Escape leaves.",
    )  # fmt: skip


def _present(on: bool) -> None:
    PRESENT.set(on)
    current_look()  # what the visitor has done since the page was drawn is kept; what the tour shows is not
    end_tour()
    set_look(LOOK.get() or Look())  # or the browser, which builds the canvas anew, would show what was set last from here


def show_present_bar(album: Album, picture: Picture) -> None:
    """Draws the style of present mode, and the buttons that go to other pictures, copy the link and leave."""
    st.html(_STYLE)
    keys = [each.key for each in deck(album)]
    place = f" ({keys.index(picture.uncropped.key) + 1} of {len(keys)})" if picture.uncropped.key in keys else ""
    with st.container(key="present-bar", horizontal=True, vertical_alignment="center"):
        for label, shortcut, icon, by in (("Previous", "Left", "back", -1), ("Next", "Right", "forward", 1)):
            st.button(
                label, key=f"present {label}", icon=f":material/arrow_{icon}:", shortcut=shortcut, on_click=album.defer,
                args=(partial(turn, album, by),),
            )  # fmt: skip
        st.caption(f"{name_as_markdown(picture.name)}{place}", width="content")
        st.button("Leave", key="leave presenting", shortcut="Escape", on_click=_present, args=(False,))
        offer_link(picture)


def deck(album: Album) -> list[Picture]:
    """Returns what the arrows go through: the own pictures if there are several, else the samples after a single one."""
    return list(album.tray) if len(album.tray) > 1 else [*album.tray, *map(sample, SAMPLES)]


def turn(album: Album, by: int) -> None:
    """Shows the picture that is so many places further on in the deck, after the last the first again."""
    pictures = deck(album)
    keys = [each.key for each in pictures]
    shown = (album.picture or sample(album.sample)).key
    picked = pictures[(keys.index(shown) + by) % len(keys)] if shown in keys else pictures[0]
    if picked.shared:
        album.close()
        SAMPLE.set(picked.name)
    else:
        album.open(picked)
