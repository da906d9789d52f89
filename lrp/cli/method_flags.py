"""What is typed on the command line becomes methods and classes; the options come from the fields of the methods alone."""

import argparse
import difflib
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any

from lrp.methods import METHODS
from lrp.settings import in_words

WIDTH = 100  # characters of a line of `describe`


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds one option for each name that a field of any method has; None stands for "not given"."""
    group = parser.add_argument_group("settings", "Each goes to every chosen method that has it.")
    for name, owners in _owners().items():
        action = argparse.BooleanOptionalAction if _is_switch(next(iter(owners.values()))) else "store"
        group.add_argument(_flag(name), dest=name, action=action, help=_help(owners).replace("%", "%%"))


def add_fields(group: Any, kind: type[Any], *without: str) -> None:
    """Adds one option for each field of `kind` but those named in `without`; None stands for "not given"."""
    for setting in fields(kind):
        if setting.name not in without:
            limits = f" ({_limits(setting)})" if _limits(setting) else ""
            text = f"{setting.metadata['label']}{limits}. {setting.metadata['help']} Default {_default(setting)}."
            group.add_argument(_flag(setting.name), dest=setting.name, help=text.replace("%", "%%"))


def make(kind: type[Any], options: argparse.Namespace) -> Any:
    """Returns a `kind` with the settings given in `options`, its own defaults elsewhere. Raises ValueError beyond its limits."""
    names = [field.name for field in fields(kind)]
    return _made(kind, {name: value for name in names if (value := getattr(options, name, None)) is not None})


def make_methods(names: Sequence[str], options: argparse.Namespace) -> list[Any]:
    """Returns the named methods with the settings given in `options`, their own defaults elsewhere.

    Raises ValueError for a value outside its limits, and for a setting that none of the methods has.
    """
    chosen = [METHODS[name] for name in dict.fromkeys(names)]
    owners = _owners()
    given = {name: value for name in owners if (value := getattr(options, name)) is not None}
    for name in given:
        if not owners[name].keys() & {method.name for method in chosen}:
            raise ValueError(
                f"{_flag(name)} is a setting of {', '.join(owners[name])}, got --method {', '.join(m.name for m in chosen)}"
            )
    return [_made(method, given) for method in chosen]


def describe(method: type[Any]) -> str:
    """Returns a method in words, over several lines: name, label, summary, and each setting with default, limits and help."""
    lines = [f"{method.name}: {method.label}", _indented(method.summary, 2)]
    for setting in fields(method):
        known = "; ".join(filter(None, (f"default {_default(setting)}", _limits(setting))))
        lines += [f"  {_flag(setting.name)} ({known})", _indented(setting.metadata["help"], 6)]
    return "\n".join(lines)


def find_class(wanted: str, categories: Sequence[str]) -> int:
    """Returns the index of the class of that name, whatever its case and underscores, or with that index.

    Raises ValueError for an unknown name, with the nearest ones, for one that several classes have, and for no index.
    """
    names = [_plain(name) for name in categories]
    found = [i for i, name in enumerate(names) if name == _plain(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"target must name one class, got {wanted!r}, the name of {found}; give the index")
    if re.fullmatch(r"[+-]?\d+", wanted):
        if 0 <= int(wanted) < len(categories):
            return int(wanted)
        raise ValueError(f"target must be between 0 and {len(categories) - 1}, got {wanted}")
    containing = [name for name in names if _plain(wanted) in name.split()]
    near = dict.fromkeys([*containing, *difflib.get_close_matches(_plain(wanted), names)])
    hint = "; did you mean " + " or ".join(categories[names.index(name)] for name in list(near)[:5]) + "?" if near else ""
    raise ValueError(f"target must be the name or the index of a class, got {wanted!r}{hint}")


def _made(method: type[Any], given: Mapping[str, Any]) -> Any:
    return method(**{field.name: _value(field, given[field.name]) for field in fields(method) if field.name in given})


def _value(setting: Field[Any], given: Any) -> Any:
    """What was typed, as the type that the setting's default and options have."""
    options = setting.metadata["options"] or ()
    for option in options:
        if in_words(option) == str(given).lower():
            return option
    kind = next(type(value) for value in (setting.default, *options) if value is not None)
    if kind is str:
        raise ValueError(f"{setting.name} must be one of {_limits(setting)}, got {given!r}")
    try:
        if math.isfinite(value := kind(given)):
            return value
    except (ValueError, OverflowError):
        pass
    what = ("a whole number" if kind is int else "a number") + (" or none" if None in options else "")
    raise ValueError(f"{setting.name} must be {what}, got {given!r}")


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _owners() -> dict[str, dict[str, Field[Any]]]:
    """Setting name -> method name -> the field, for every method that has such a setting."""
    owners: dict[str, dict[str, Field[Any]]] = {}
    for method in METHODS.values():
        for setting in fields(method):
            owners.setdefault(setting.name, {})[method.name] = setting
    return owners


def _help(owners: Mapping[str, Field[Any]]) -> str:
    """The label and limits, then each help text that the methods have for it, with their default and their names."""
    first = next(iter(owners.values()))
    told: dict[str, list[str]] = {}
    for name, setting in owners.items():
        told.setdefault(f"{setting.metadata['help']} Default {_default(setting)} in", []).append(name)
    limits = f" ({_limits(first)})" if _limits(first) else ""
    return f"{first.metadata['label']}{limits}. " + " ".join(f"{text} {', '.join(names)}." for text, names in told.items())


def _limits(setting: Field[Any]) -> str:
    """The range or the choices offered; nothing for a switch."""
    if bounds := setting.metadata["range"]:
        return " to ".join(map(in_words, bounds))
    return ", ".join(map(in_words, setting.metadata["options"] or ()))


def _default(setting: Field[Any]) -> str:
    if _is_switch(setting):
        return "on" if setting.default else "off"
    return in_words(setting.default)


def _is_switch(setting: Field[Any]) -> bool:
    return isinstance(setting.default, bool)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _indented(text: str, by: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * by, subsequent_indent=" " * by)
