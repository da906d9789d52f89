"""Numbers and durations as people read them."""

import math


def number_text(value: float) -> str:
    """Two decimals, or two digits where those would be 0."""
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.2g}"


def correlation(value: float) -> str:
    """How alike two maps are, in two decimals; NaN in words."""
    return "undefined (one map is the same everywhere)" if math.isnan(value) else f"{value:z.2f}"


def duration(value: float) -> str:
    """A duration, in the unit people would choose."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def about_seconds(value: float) -> str:
    """A forecast of so many seconds, no more exact than it can be."""
    if value < 1.5:
        return "about a second"
    return f"about {value:.0f} seconds" if value < 90 else f"about {value / 60:.0f} minutes"
