"""Makes the controls of any method's settings from the metadata of its fields."""

import math
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, cast

import streamlit as st

from lrp.methods.method import Method
from lrp.settings import value_in_words
from pages.parts.choose.references import OWN, own_or_samples


def choose_settings(method: type[Method], key: str, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """Draws a control for each setting of the method but those of `leave_out`; returns the values by name."""
    return {
        setting.name: choose_setting(setting, setting_key(key, method, setting.name))
        for setting in fields(method)
        if setting.name not in leave_out
    }


def setting_key(key: str, method: type[Method], name: str) -> str:
    """Returns the key of a setting's control, also its name in the link: every method of every map has its own."""
    return f"{key}_{method.name}_{name}"


def control_values(key: str, method: Method) -> dict[str, object]:
    """Returns what the controls of the map `key` hold where `method` is chosen for it with its settings, by their keys."""
    kind = type(method)
    values = {setting_key(key, kind, setting.name): _held(setting, getattr(method, setting.name)) for setting in fields(method)}
    return {key: method.name, **values}


def nearest_values(key: str, method: Method) -> dict[str, object]:
    """Returns the same as `control_values`, with the nearest value that a control can hold in the place of one that it cannot."""
    held = control_values(key, method)
    near = {setting_key(key, type(method), each.name): _nearest(each, getattr(method, each.name)) for each in fields(method)}
    return {name: value if near.get(name) is None else near[name] for name, value in held.items()}


def _nearest(setting: Field[object], value: object) -> float | None:
    """The number that a slider or a field can hold; None for what is no number of these."""
    meta = setting.metadata
    if isinstance(setting.default, bool) or meta["options"] or not isinstance(value, int | float):
        return None
    if meta["scale"] == "log":
        return min(log_stops(setting), key=lambda stop: abs(stop - value))
    low, high = cast(tuple[float, float], meta["range"])
    return min(max(value, low), high)


def _held(setting: Field[object], value: object) -> object:
    """Returns the value of a setting as its control holds it: menus go by the words of their options."""
    return value_in_words(value) if setting.metadata["options"] else value


def choose_setting(setting: Field[object], key: str) -> Any:
    """Draws the control that fits the setting's metadata, such as a toggle or a slider; returns its value."""
    meta = setting.metadata
    common = {"key": key, "bind": "query-params", "help": meta["help"]}
    if isinstance(setting.default, bool):
        return st.toggle(meta["label"], setting.default, **common)
    if meta["options"]:
        # By their words, for a menu takes the option None for no choice at all.
        options = {value_in_words(option): option for option in options_of(setting)}
        first = list(options).index(value_in_words(setting.default))
        chosen = options[st.selectbox(meta["label"], list(options), first, **common)]
        return own_or_samples(chosen) if meta["pictures"] else chosen
    if meta["scale"] == "whole":
        low, high = meta["range"]
        return st.number_input(meta["label"], low, high, cast(int, setting.default), step=1, **common)
    if meta["scale"] == "log":
        return st.select_slider(meta["label"], log_stops(setting), setting.default, format_func=value_in_words, **common)
    low, high = meta["range"]
    return st.slider(meta["label"], low, high, setting.default, **common)


def options_of(setting: Field[object]) -> Sequence[Any]:
    """Returns the choices that the control of a setting offers."""
    options: Sequence[Any] = setting.metadata["options"]
    return (*options, OWN) if setting.metadata["pictures"] else options


def log_stops(setting: Field[object]) -> list[float]:
    """Returns the stops of a log scale: powers of two for whole numbers, else 1, 2.5 and 5 times powers of ten, and 0 if in."""
    (low, high), default = setting.metadata["range"], cast(float, setting.default)
    if isinstance(default, int):
        stops: list[float] = [2**k for k in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]
        return sorted({*stops, default})
    decades = range(-6 if low == 0 else math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stops = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2.5, 5)]
    return sorted({value for value in stops if low <= value <= high} | {float(low), float(high), float(default)})
