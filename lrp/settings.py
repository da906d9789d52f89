"""How a method describes a setting: once, for the page, the command line, the link and the report alike."""

from collections.abc import Mapping
from dataclasses import Field, field, fields
from typing import Any, TypeVar

T = TypeVar("T")


def parameter(
    default: T,
    label: str,
    help: str,
    *,
    range: tuple[float, float] | None = None,
    scale: str = "linear",
    options: tuple[T, ...] | None = None,
    unit: str = "",
    by_name: bool = False,
    pictures: bool = False,
) -> T:
    """A dataclass field whose metadata says how a person sets it.

    `range` holds the inclusive limits offered; `scale` is "linear", "log", or "whole" for any whole number, and a log scale that
    begins at 0 has exact 0 as its first stop; `options` lists the choices of a setting that has no range; `unit` follows the
    value where it stands alone. A setting `by_name` takes no place among the positional arguments. One of `pictures` also takes
    a `PictureSet`: on the command line the pictures of a folder, on the pages a visitor's own.
    """
    metadata = {
        "label": label, "help": help, "range": range, "scale": scale, "options": options, "unit": unit, "pictures": pictures,
    }  # fmt: skip
    return field(default=default, metadata=metadata, kw_only=by_name)


def value_in_words(value: object) -> str:
    """A setting's value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain_settings(method: Any) -> dict[str, Any]:
    """The settings of a method by name, as JSON can hold them: a value that is no text, number or None as its text."""
    values = {setting.name: getattr(method, setting.name) for setting in fields(method)}
    plain = (str, int, float, type(None))
    return {name: value if isinstance(value, plain) else str(value) for name, value in values.items()}


def settings_in_words(method: type[Any], values: Mapping[str, object]) -> str:
    """The settings of a method as people read them, "Epsilon = 0.25, Relative epsilon = off"; "" for a method without any."""
    return ", ".join(_setting_in_words(setting, values[setting.name]) for setting in fields(method) if setting.name in values)


def _setting_in_words(setting: Field[Any], value: object) -> str:
    unit = setting.metadata["unit"] if value is not None else ""
    return f"{setting.metadata['label']} = {value_in_words(value)} {unit}".strip()
