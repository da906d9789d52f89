"""How much memory this server may keep for its visitors, beside the networks and beside what is being computed."""

from pages.parts.work.brought_bytes import BROUGHT, BROUGHT_BYTES
from pages.parts.work.cache import MAX_BYTES, TOTAL_BUDGET
from pages.parts.work.decoded_pictures import PIXEL_BYTES, PIXELS

MAX_RETAINED = MAX_BYTES + PIXEL_BYTES + BROUGHT_BYTES  # bytes


def retained_bytes() -> int:
    """Returns the bytes of what is kept now: forward passes and results, decoded pictures, and the pictures brought."""
    return TOTAL_BUDGET.used + PIXELS.used + BROUGHT.used
