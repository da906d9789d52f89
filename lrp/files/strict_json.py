"""Reads JSON in which every name stands once, so that all readers understand the same."""

import json


def strict_json(text: str | bytes) -> object:
    """Returns the value of a JSON text. Raises ValueError, such as "is not JSON", also for a name that stands twice."""
    try:
        found: object = json.loads(text, object_pairs_hook=_without_duplicates)
    except _TwiceError as error:
        raise ValueError(str(error)) from None
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    return found


class _TwiceError(Exception):
    """A name that stands twice in one object."""


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):  # another reader might take the other one
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise _TwiceError(f"has {ascii(twice)[:60]} twice")
    return found
