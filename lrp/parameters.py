"""How a method describes a setting: once, for the page, the command line, the link and the report alike."""

from dataclasses import field
from typing import Any


def parameter(
    default: Any,
    label: str,
    help: str,
    *,
    range: tuple[float, float] | None = None,
    scale: str = "linear",
    options: tuple[Any, ...] | None = None,
    by_name: bool = False,
) -> Any:
    """A dataclass field whose metadata says how a person sets it.

    `range` holds the inclusive limits offered; `scale` is "linear" or "log", and a log scale that begins at 0 has
    exact 0 as its first stop; `options` lists the choices of a setting that has no range. A setting `by_name` takes no
    place among the positional arguments.
    """
    metadata = {"label": label, "help": help, "range": range, "scale": scale, "options": options}
    return field(default=default, metadata=metadata, kw_only=by_name)


def in_words(value: Any) -> str:
    """A setting's value as people read it."""
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
