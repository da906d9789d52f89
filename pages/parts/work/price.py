"""What one question may cost: the operator's limit, and the price from which a page asks before it computes."""

import math
import os

ASK_FIRST = 60.0  # seconds; what is expected to take longer is computed on request only
TOLERANCE = 2.0  # how many times longer than the limit work may really take, for a forecast is none


class TooExpensive(ValueError):
    """Raised for a question whose price exceeds the limit; the message is half a sentence with a remedy."""


def most_seconds() -> float:
    """Returns LRP_MAX_SECONDS, the most seconds that a question may be expected to take; infinite where it is not set."""
    text = os.environ.get("LRP_MAX_SECONDS", "")
    try:
        seconds = float(text or "inf")
    except ValueError:
        seconds = -1.0
    if not seconds > 0:
        raise RuntimeError(f"LRP_MAX_SECONDS must be a number of seconds above 0, got {text!r}")
    return seconds


def check(expected: float) -> None:
    """Raises TooExpensive for more expected seconds than the limit, or for a number that is none."""
    most = most_seconds()
    if math.isnan(expected) or expected > most:
        raise TooExpensive(
            f"it would take about {_minutes(expected)}, and this server computes what takes up to {_minutes(most)}; choose fewer "
            "steps or samples, or a smaller network"
        )


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
