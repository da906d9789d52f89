"""The class that a name or an index typed by a person stands for."""

import difflib
import re
from collections.abc import Sequence


def find_class(wanted: str, categories: Sequence[str]) -> int:
    """Returns the index of the class of that name, whatever its case and underscores, or with that index.

    Raises ValueError for an unknown name, with the nearest ones, for one that several classes have, and for no index.
    """
    names = [spaced_lower_case(name) for name in categories]
    found = [i for i, name in enumerate(names) if name == spaced_lower_case(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"target must name one class, got {wanted!r}, the name of {found}; give the index")
    if re.fullmatch(r"[+-]?\d+", wanted):
        if 0 <= int(wanted) < len(categories):
            return int(wanted)
        raise ValueError(f"target must be between 0 and {len(categories) - 1}, got {wanted}")
    containing = [name for name in names if spaced_lower_case(wanted) in name.split()]
    near = dict.fromkeys([*containing, *difflib.get_close_matches(spaced_lower_case(wanted), names)])
    hint = "; did you mean " + " or ".join(categories[names.index(name)] for name in list(near)[:5]) + "?" if near else ""
    raise ValueError(f"target must be the name or the index of a class, got {wanted!r}{hint}")


def spaced_lower_case(name: str) -> str:
    """Returns a name in lower case, words separated by one space."""
    return " ".join(name.replace("_", " ").casefold().split())
