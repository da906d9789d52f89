"""The settings of methods as flags: one flag for each name that a field of any method has, and methods made from them."""

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, TypeVar

from lrp.cli.picture_folder import read_folder
from lrp.files.plain_text import plain_text
from lrp.methods import METHODS
from lrp.methods.method import Method
from lrp.settings import value_in_words

T = TypeVar("T")
Setting = Field[Any]  # a field of a method, made by `lrp.settings.parameter`


def add_method_settings(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for each name that a field of any method has; None stands for "not given"."""
    group = parser.add_argument_group("settings", "Each goes to every chosen method that has it.")
    for name, owners in _owners().items():
        action = argparse.BooleanOptionalAction if _is_switch(next(iter(owners.values()))) else "store"
        group.add_argument(flag_of(name), dest=name, action=action, help=_help(owners).replace("%", "%%"))


def add_fields(group: argparse._ArgumentGroup, kind: type[T], *without: str) -> None:
    """Adds a flag for each field of `kind` but those named in `without`; None stands for "not given"."""
    for setting in _settings(kind):
        if setting.name not in without:
            limits = f" ({setting_limits(setting)})" if setting_limits(setting) else ""
            text = f"{setting.metadata['label']}{limits}. {setting.metadata['help']} Default {setting_default(setting)}."
            group.add_argument(flag_of(setting.name), dest=setting.name, help=text.replace("%", "%%"))


def make(kind: type[T], args: argparse.Namespace) -> T:
    """Returns a `kind` with the settings given in `args`, its own defaults elsewhere. Raises ValueError beyond its limits."""
    names = [setting.name for setting in _settings(kind)]
    return _make(kind, {name: value for name in names if (value := getattr(args, name, None)) is not None})


def make_methods(names: Sequence[str], args: argparse.Namespace) -> list[Method]:
    """Returns the named methods with the settings given in `args`, their own defaults elsewhere.

    Raises ValueError for a value outside its limits, and for a setting that none of the methods has.
    """
    chosen = [METHODS[name] for name in dict.fromkeys(names)]
    owners = _owners()
    given = {name: value for name in owners if (value := getattr(args, name)) is not None}
    for name in given:
        if not owners[name].keys() & {method.name for method in chosen}:
            raise ValueError(
                f"{flag_of(name)} is a setting of {', '.join(owners[name])}, got --method {', '.join(m.name for m in chosen)}"
            )
    return [_make(method, given) for method in chosen]


def make_recorded(kind: type[T], given: Mapping[str, object]) -> T:
    """Returns a `kind` with the settings that `lrp.settings.plain_settings` gave, its own defaults elsewhere.

    Raises ValueError for a value outside its limits, and for a setting that it does not have.
    """
    known = {setting.name: setting for setting in _settings(kind)}
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"{kind.__name__} has no setting {plain_text(name)!r}; it has {', '.join(known) or 'none'}")
        if isinstance(value, bool) != _is_switch(known[name]):
            raise ValueError(f"{name} must be {'on or off' if _is_switch(known[name]) else 'no switch'}, got {value!r}")
    return _make(kind, {name: value if isinstance(value, bool) else setting_text(value) for name, value in given.items()})


def setting_names() -> tuple[str, ...]:
    """Returns the names of the settings that any method has, which are those of their flags in `args`."""
    return tuple(_owners())


def setting_limits(setting: Setting) -> str:
    """Returns the range of a setting or its choices, as text; "" for a switch."""
    if bounds := setting.metadata["range"]:
        return " to ".join(map(value_in_words, bounds))
    choices = ", ".join(map(value_in_words, setting.metadata["options"] or ()))
    return f"{choices}, or a folder of pictures" if setting.metadata["pictures"] else choices


def setting_default(setting: Setting) -> str:
    """Returns the default of a setting as text."""
    if _is_switch(setting):
        return "on" if setting.default else "off"
    return value_in_words(setting.default)


def setting_text(value: object) -> str:
    """Returns a setting's value as it is typed, exactly: numbers with all their digits."""
    return repr(value) if isinstance(value, float) else value_in_words(value)


def flag_of(name: str) -> str:
    """Returns the flag of a setting, such as "--n-steps" for n_steps."""
    return "--" + name.replace("_", "-")


def _settings(kind: type[Any]) -> tuple[Setting, ...]:
    return fields(kind)


def _make(kind: type[T], given: Mapping[str, str | bool]) -> T:
    """A `kind` with those of the given values that it has a setting for."""
    own = [setting for setting in _settings(kind) if setting.name in given]
    return kind(**{setting.name: _value(setting, given[setting.name]) for setting in own})


def _value(setting: Setting, given: str | bool) -> object:
    """What was typed, in the type of the setting's default and choices. Raises ValueError for what cannot be."""
    choices = setting.metadata["options"] or ()
    for choice in choices:
        if value_in_words(choice) == str(given).lower():
            return choice
    if setting.metadata["pictures"]:
        return read_folder(str(given))
    kind = next(type(value) for value in (setting.default, *choices) if value is not None)
    if kind is str:
        raise ValueError(f"{setting.name} must be one of {setting_limits(setting)}, got {given!r}")
    try:
        if math.isfinite(value := kind(given)):
            return value
    except (ValueError, OverflowError):
        pass
    what = ("a whole number" if kind is int else "a number") + (" or none" if None in choices else "")
    raise ValueError(f"{setting.name} must be {what}, got {given!r}")


def _owners() -> dict[str, dict[str, Setting]]:
    """Setting name -> method name -> the field, for every method that has such a setting."""
    owners: dict[str, dict[str, Setting]] = {}
    for method in METHODS.values():
        for setting in fields(method):
            owners.setdefault(setting.name, {})[method.name] = setting
    return owners


def _help(owners: Mapping[str, Setting]) -> str:
    """The label and limits, then each help text that the methods have for it, with their default and their names."""
    first = next(iter(owners.values()))
    texts: dict[str, list[str]] = {}
    for name, setting in owners.items():
        texts.setdefault(f"{setting.metadata['help']} Default {setting_default(setting)} in", []).append(name)
    limits = f" ({setting_limits(first)})" if setting_limits(first) else ""
    return f"{first.metadata['label']}{limits}. " + " ".join(f"{text} {', '.join(names)}." for text, names in texts.items())


def _is_switch(setting: Setting) -> bool:
    return isinstance(setting.default, bool)
