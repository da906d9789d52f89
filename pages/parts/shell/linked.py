"""What a link asks for that cannot be: said in a sentence on the page, and taken out of the address."""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrp import METHODS
from lrp.metrics import MEASURES
from lrp.settings import in_words
from lrp.walk.objectives import OBJECTIVES
from pages.parts.canvas.look import box_of
from pages.parts.canvas.state import LOOK, REGION
from pages.parts.choose.controls import MAPS
from pages.parts.choose.pictures import LINK
from pages.parts.epsilon.sweep import EPSILON_AT, EPSILONS
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.shell.link_names import names
from pages.parts.trust.sanity import SIMILARITIES

LONGEST = 40  # characters of a link that are repeated


@dataclass(frozen=True)
class Unmet:
    """A parameter of the link that cannot be. shown: what is there instead; None for a name that nothing has."""

    name: str
    asked: str
    shown: str | None


ASKED = LazySessionValue("link asks", lambda: {name: asked for name, asked in st.query_params.to_dict().items() if asked})
UNMET = LazySessionValue("link unmet", list[Unmet])


def note_link() -> None:
    """Keeps what the link asks for when a visit begins, before any control takes its part of it out of the address."""
    ASKED.get()


def judge_link(place: DeltaGenerator) -> None:
    """Says, at `place`, what of the link could not be, once the page is drawn; a control is judged when it is first there."""
    asks, unmet = ASKED.get(), UNMET.get()
    for name in list(asks):
        if name not in _names():
            unmet.append(Unmet(name, asks.pop(name), None))
            st.query_params.pop(name, None)
        elif (shown := _shown(name)) is not None:
            asked = asks.pop(name)
            if not _same(name, asked, shown):
                unmet.append(Unmet(name, asked, _spelled(shown)))
    # What has been changed since is no longer what stands there instead.
    unmet = [each for each in unmet if each.shown in (None, _spelled(_shown(each.name)))]
    UNMET.set(unmet)
    if unmet:
        with place:
            st.info(_sentence(unmet), icon=":material/link_off:")
            st.button("Close this note", key="close link note", on_click=UNMET.set, args=([],))


@cache
def _names() -> dict[str, tuple[str, str]]:
    return names()


def _shown(name: str) -> Any:
    """The value that is on the page; None if the page has nothing of that name."""
    if name == "epsilon":
        at = EPSILON_AT.get()
        return None if at is None else in_words(EPSILONS[at])
    if name == REGION.key:
        return (REGION.get() or "none") if REGION.is_set else None
    value = SessionValue[Any](name)
    if name in (LINK.key, MAPS.key) or not value.is_set:
        return getattr(LOOK.get(), name, value.get())
    return value.get()


def _same(name: str, asked: str, shown: Any) -> bool:
    if name == "link":
        return True
    if name == "maps":
        return "".join(sorted(asked)) == shown
    if name == "region":
        return box_of(asked.split(",")) == shown
    if isinstance(shown, int | float) and not isinstance(shown, bool):
        try:
            return math.isclose(float(asked), shown, rel_tol=1e-9)
        except ValueError:
            return False
    return asked.casefold() in {str(shown).casefold(), in_words(shown).casefold(), _spelled(shown).casefold()}


def _spelled(shown: Any) -> str:
    """A value as its control shows it."""
    for table in (METHODS, OBJECTIVES, MEASURES):
        if isinstance(shown, str) and shown in table:
            return str(table[shown].label)
    if isinstance(shown, tuple):
        return ", ".join(map(str, shown))
    if isinstance(shown, bool):
        return "on" if shown else "off"
    return SIMILARITIES.get(shown, in_words(shown)) if isinstance(shown, str) else in_words(shown)


def _sentence(unmet: list[Unmet]) -> str:
    return f"Not all that the link asks for can be: {'; '.join(map(_clause, unmet))}."


def _clause(unmet: Unmet) -> str:
    if unmet.shown is None:
        return f"no setting is called “{_plain(unmet.name)}”, so it is left out"
    about, choices = _names()[unmet.name]
    return f"“{_plain(unmet.asked)}” as {about} (it can be {_plain(choices, 200)}), so **{_plain(unmet.shown)}** is shown instead"


def _plain(text: str, longest: int = LONGEST) -> str:
    """The text as it stands, whatever Markdown would make of it."""
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return re.sub(r"([^\w\s])", r"\\\1", printable[:longest] + ("..." if len(printable) > longest else ""), flags=re.ASCII)
