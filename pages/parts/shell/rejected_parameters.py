"""Parameters of a link that the page cannot apply: named in a sentence on the page, and removed from the address."""

import math
from dataclasses import dataclass
from functools import cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrp import METHODS
from lrp.metrics import MEASURES
from lrp.settings import value_in_words
from lrp.walk.objectives import OBJECTIVES
from pages.parts.canvas.cover import COVERED_KEY, ONLY_KEY, TOGETHER_KEY, parse_cover
from pages.parts.canvas.look import box_of, parse_look
from pages.parts.canvas.state import COVER, LOOK, REGION
from pages.parts.choose.cropping import CROP
from pages.parts.choose.method_menus import MAPS
from pages.parts.choose.missing_network import MISSING
from pages.parts.choose.picture_sources import LINK
from pages.parts.compare.guided_tour import STEP_KEY, shown_step
from pages.parts.faithfulness.sanity import SIMILARITIES
from pages.parts.frame.address import is_forgotten
from pages.parts.frame.crop import parse_crop
from pages.parts.frame.file_names import as_markdown
from pages.parts.frame.menu_keys import LAYERS_METHOD
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of
from pages.parts.shell.link_parameters import MENUS, link_parameters
from pages.parts.sweep.swept import SWEPT

LONGEST = 40  # characters of a link that are repeated


@dataclass(frozen=True)
class Rejected:
    """A parameter that cannot be applied. shown: the value on the page instead; None for an unknown name."""

    name: str
    asked: str
    shown: str | None


# What the link that began the visit asks for and no control has been compared with yet, by name; and what could not be applied.
UNCHECKED = LazySessionValue("unchecked link parameters", lambda: {key: text for key, text in st.query_params.items() if text})
REJECTED = LazySessionValue("rejected link parameters", list[Rejected])


def remember_request() -> None:
    """Keeps the link's parameters when a visit begins, before the controls take theirs out of the address."""
    UNCHECKED.get()


def report_rejected(place: DeltaGenerator) -> None:
    """Draws at `place` which parameters could not be applied; called at the end of a run, when all controls have values."""
    requested, rejected = UNCHECKED.get(), REJECTED.get()
    for name in filter(is_forgotten, list(requested)):
        del requested[name]
    for name in list(requested):
        if name not in _parameters():
            rejected.append(Rejected(name, requested.pop(name), None))
            st.query_params.pop(name, None)
        elif (shown := _shown(name)) is not None:
            asked = requested.pop(name)
            if not _is_met(name, asked, shown):
                rejected.append(Rejected(name, asked, _displayed(shown)))
    # A value that the visitor has changed since needs no note any more.
    rejected = [each for each in rejected if each.shown in (None, _displayed(_shown(each.name)))]
    REJECTED.set(rejected)
    if rejected:
        with place:
            st.info(_sentence(rejected), icon=":material/link_off:")
            st.button("Close this note", key="close link note", on_click=REJECTED.set, args=([],))


def _parameters() -> dict[str, tuple[str, str]]:
    return _parameters_for(tuple(METHODS))


@cache
def _parameters_for(methods: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Returns the parameters of a link while there are these methods; a program may add its own at any time."""
    return link_parameters()


def _shown(name: str) -> object:
    """Returns the value that the page shows; None if it has no such parameter."""
    if name in SWEPT:
        at = SWEPT[name].at.get()
        return None if at is None else value_in_words(SWEPT[name].values[at])
    if name == REGION.key:
        return (REGION.get() or "none") if REGION.is_set else None
    if name == STEP_KEY:
        step = shown_step()
        return "none" if step == 0 else step
    if name in (COVERED_KEY, ONLY_KEY, TOGETHER_KEY):
        cover = COVER.get()
        return None if cover is None else {ONLY_KEY: cover.only, TOGETHER_KEY: cover.together}.get(name, cover.text or "none")
    if name == "zoom":
        look = LOOK.get()
        return None if look is None else look.zoom or "none"
    value: SessionValue[object] = owner_of(name)
    if name in (LINK.key, MAPS.key) or not value.is_set:
        return getattr(LOOK.get(), name, value.get())
    return value.get()


def _is_met(name: str, asked: str, shown: object) -> bool:
    if name == LINK.key or name in MISSING.get():  # which the page asks for
        return True
    if name == MAPS.key:
        return "".join(sorted(asked)) == shown
    if name == COVERED_KEY:
        return parse_cover(None, asked).text == shown
    if name == "zoom":
        return parse_look({name: asked}).zoom == shown
    if name == CROP.key:
        crop = parse_crop(asked)
        return crop is not None and crop.text == shown
    if name == REGION.key:
        return box_of(asked.split(",")) == shown
    if isinstance(shown, int | float) and not isinstance(shown, bool):
        try:
            return math.isclose(float(asked), shown, rel_tol=1e-9)
        except ValueError:
            return False
    return asked.casefold() in {str(shown).casefold(), value_in_words(shown).casefold(), _displayed(shown).casefold()}


def _displayed(shown: object) -> str:
    """Returns a value as its control shows it."""
    for table in (METHODS, OBJECTIVES, MEASURES):
        if isinstance(shown, str) and shown in table:
            return str(table[shown].label)
    if isinstance(shown, tuple):
        return ", ".join(map(str, shown))
    if isinstance(shown, bool):
        return "on" if shown else "off"
    return SIMILARITIES.get(shown, value_in_words(shown)) if isinstance(shown, str) else value_in_words(shown)


def _sentence(rejected: list[Rejected]) -> str:
    return f"Not all that the link asks for can be: {'; '.join(map(_clause, rejected))}."


def _clause(rejected: Rejected) -> str:
    if rejected.shown is None:
        return f"no setting is called “{_escaped(rejected.name)}”, so it is left out"
    about, choices = _parameters()[rejected.name]
    why = _unsuitable(rejected) or f"it can be {_escaped(choices, 200)}"
    return f"“{_escaped(rejected.asked)}” as {about} ({why}), so **{_escaped(rejected.shown)}** is shown instead"


def _unsuitable(rejected: Rejected) -> str:
    """Why a method that there is was not chosen: it is not offered, or spelt in another way; "" for what is no such method."""
    asked = rejected.asked.casefold()
    method = next((each for each in METHODS.values() if asked in (each.name, each.label.casefold())), None)
    if method is None or rejected.name not in MENUS:
        return ""
    if rejected.asked != method.label:
        return f"a link calls it “{_escaped(method.label)}”"
    if rejected.name == LAYERS_METHOD and not method.has_rules:
        return "it keeps no account of layers"
    return "it does not suit the network"


def _escaped(text: str, longest: int = LONGEST) -> str:
    """Returns the text escaped for Markdown, shortened to `longest` characters."""
    return as_markdown(text[:longest] + ("..." if len(text) > longest else ""))
