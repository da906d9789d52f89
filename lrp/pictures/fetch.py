"""Fetches a picture from an untrusted link; the only code that takes a URL which somebody typed.

One sentence stands for every refusal, so that a visitor cannot tell an inside address from an outside one. The download itself
is in `lrp.pictures.link_download`, which is loaded, and requests with it, when the first link comes.
"""

import os

from lrp.pictures.decode import InputError
from lrp.pictures.name_lookup import NOBODY, Visitor

SECONDS = 10.0
MAX_BYTES = 10_000_000
HOPS = 3

UNREACHABLE = (
    "We could not fetch a picture from this address; check that the link opens in your browser and is on the public "
    "web, or save the picture and upload the file instead."
)


def links_allowed() -> bool:
    """Whether links may be fetched: yes, unless LRP_ALLOW_URL is 0 (or false, no, off)."""
    return os.environ.get("LRP_ALLOW_URL", "1").strip().lower() not in {"0", "false", "no", "off"}


def fetch_image(
    url: str, *, seconds: float = SECONDS, max_bytes: int = MAX_BYTES, hops: int = HOPS, visitor: Visitor = NOBODY
) -> bytes:
    """Returns the bytes behind a public http(s) link, not yet decoded or validated (see `decode_image`).

    seconds: for everything, look-ups and redirects included. max_bytes: of the answer. hops: redirects, each of which is
    checked like a new link, and whose own content is never read. visitor: who asks, on a server with several visitors, so that
    slow look-ups of one keep no other waiting. Raises InputError, and nothing else, with one plain sentence.
    """
    if not links_allowed():
        raise InputError("Links are switched off here; save the picture and upload the file instead.")
    from lrp.pictures.link_download import download

    return download(url.strip(), seconds, max_bytes, hops, visitor)
