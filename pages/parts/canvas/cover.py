"""How much of each map is covered by its slider, as the link and the browser say it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pages.parts.frame.menu_keys import PANELS

COVERED_KEY, ONLY_KEY, TOGETHER_KEY = "cover", "only", "together"  # the names in the link


@dataclass(frozen=True)
class Cover:
    """Which share of the picture each map's slider covers.

    only: whether the most relevant share is shown alone, and all else is covered. shares: in percent, by the keys of the maps;
    a map without one is drawn as it is. together: whether a moved slider moves the others.
    """

    only: bool = False
    shares: Mapping[str, int] = field(default_factory=dict)
    together: bool = False

    @property
    def text(self) -> str:
        """The shares as the link holds them, such as "a15,b40"."""
        return ",".join(f"{key}{self.shares[key]}" for key in sorted(self.shares))


NO_COVER = Cover()


def parse_cover(only: object, shares: object, together: object = None) -> Cover:
    """Returns what a link ("true", "a15,b40", "true") or the browser (true, {"a": 15}, true) says; nothing that is invalid."""
    if isinstance(shares, str):
        shares = {key: int(digits) for key, digits in re.findall(r"(?:^|,)([a-d])(\d{1,3})(?=,|$)", shares, re.ASCII)}
    given = shares if isinstance(shares, Mapping) else {}
    known = {}
    for key in PANELS:
        share = given.get(key)
        if isinstance(share, int) and not isinstance(share, bool) and 0 < share <= 100:
            known[key] = share
    return Cover(str(only).lower() == "true", known, str(together).lower() == "true")
