"""The one function of this project that opens a link somebody typed.

Such a link can be bait: for addresses behind the firewall, for endless answers, for what the environment knows. What it
may reach is decided in `lrp.pictures.guarded_session`; here, what may be asked, followed, read and said. A visitor learns
nothing about the network: one sentence stands for every refusal that would tell an inside address from an outside one.
"""

import logging
import os
import re
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.exceptions import TimeoutError as SocketTimeout
from urllib3.util import parse_url

from lrp.pictures.decode import InputError
from lrp.pictures.guarded_session import Deadline, Refused, guarded_session

SECONDS = 10.0
MAX_BYTES = 10_000_000
HOPS = 3
MAX_LENGTH = 4096  # characters of a link

UNREACHABLE = (
    "We could not fetch a picture from this address; check that the link opens in your browser and is on the public "
    "web, or save the picture and upload the file instead."
)
_HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": "lrp-dashboard/0.1 (fetches one picture at a visitor's request)",
}

_log = logging.getLogger(__name__)


def links_allowed() -> bool:
    """Whether links are fetched at all: yes, unless LRP_ALLOW_URL is set to 0 (or false, no, off)."""
    return os.environ.get("LRP_ALLOW_URL", "1").strip().lower() not in {"0", "false", "no", "off"}


def fetch_image(url: str, *, seconds: float = SECONDS, max_bytes: int = MAX_BYTES, hops: int = HOPS) -> bytes:
    """The bytes behind a public http(s) link, still to be judged by `decode_image`.

    `seconds` bounds the whole of it, look-ups and redirects included; `max_bytes` the answer; `hops` the redirects, each
    of which is judged like a new link. Raises InputError, and nothing else, with one plain sentence.
    """
    if not links_allowed():
        raise InputError("Links are switched off here; save the picture and upload the file instead.")
    url = url.strip()
    if objection := _objection(url):
        raise InputError(objection)
    with Deadline(seconds) as deadline, guarded_session(deadline) as session:
        try:
            return _download(session, url, deadline, max_bytes, hops)
        except InputError:
            raise
        except (OSError, ValueError, HTTPError) as error:
            late = deadline.left == 0 or isinstance(error, TimeoutError | requests.Timeout | SocketTimeout)
            _log.warning("link refused: %s", _reason(error))
            _log.debug("link refused: %r, %r", url, error)
            raise InputError(_too_slow(seconds) if late else UNREACHABLE) from None


def _reason(error: BaseException) -> str:
    """What went wrong, for the log: from the outermost error to its cause, without the link, which their messages quote."""
    if isinstance(error, Refused):
        return str(error)
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 8:
        details = [getattr(cause, name, None) for name in ("errno", "verify_code")]  # numbers, which quote nothing
        causes.append(" ".join([type(cause).__name__, *(str(number) for number in details if isinstance(number, int))]))
        inner = getattr(cause, "reason", None) or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    return " < ".join(causes)


def _objection(url: str) -> str | None:
    """What is wrong with the text of a link, as a sentence; None if it may be asked for."""
    if not url:
        return "Paste the address of a picture, beginning with https://."
    if len(url) > MAX_LENGTH:
        return f"This link is longer than {MAX_LENGTH:,} characters; save the picture and upload the file instead."
    try:
        parts = parse_url(url)  # the parser that requests uses, so that both read the same link
    except LocationParseError:
        parts = None
    if not re.match(r"https?://", url, re.IGNORECASE):
        return "Only links that begin with http:// or https:// can be fetched; paste such a link, or upload the file."
    if parts is None or not parts.host or re.search(r"[\x00-\x1f\x7f\\]", url):
        return "This is not a complete link; copy it again from your browser's address bar, or upload the file."
    if parts.auth is not None:
        return "A link with a name or password before the @ is not fetched; save the picture and upload the file instead."
    return None


def _download(session: requests.Session, url: str, deadline: Deadline, max_bytes: int, hops: int) -> bytes:
    for _ in range(hops + 1):
        deadline.check()
        with session.get(url, headers=_HEADERS, stream=True, allow_redirects=False, timeout=deadline.left) as response:
            deadline.check()
            if (location := session.get_redirect_target(response)) is None:
                _check_status(response.status_code)
                body = _read(response, max_bytes)
                deadline.check()
                return body
        url = urljoin(url, location)
        if _objection(url):
            raise Refused("redirected to a link that may not be asked for")
    raise Refused("redirected too often")


def _read(response: requests.Response, max_bytes: int) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused("compressed although that was not asked for")  # a small answer that unpacks to a large one
    too_large = f"This picture is larger than {max_bytes / 1e6:g} MB, the most we fetch; upload a smaller one instead."
    if (response.raw.length_remaining or 0) > max_bytes:
        raise InputError(too_large)
    body = bytearray()
    while chunk := response.raw.read(65536, decode_content=False):
        body += chunk
        if len(body) > max_bytes:
            raise InputError(too_large)
    if not body:
        raise Refused("answered with nothing")
    if _is_web_page(response.headers.get("content-type", ""), bytes(body[:1024])):
        raise InputError(
            "This link leads to a web page, not to a picture; open the page, copy the address of the picture itself "
            "(right-click on it), and paste that."
        )
    return bytes(body)


def _is_web_page(content_type: str, head: bytes) -> bool:
    claimed = "html" in content_type.lower()
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html|<head)", head, re.IGNORECASE)) or (
        claimed and head.lstrip().startswith(b"<")
    )


def _check_status(status: int) -> None:
    if status in (404, 410):
        raise InputError(f"The server has no picture at this address ({status}); check the link, or upload the file.")
    if 400 <= status < 500:
        raise InputError(f"The server does not hand this picture out ({status}); save it and upload the file instead.")
    if status >= 500:
        raise InputError(f"The server has a problem of its own ({status}); try again later, or upload the file instead.")
    if status != 200:
        raise Refused(f"answered with status {status}")


def _too_slow(seconds: float) -> str:
    return f"The server took longer than {seconds:g} seconds; try again, or save the picture and upload the file instead."
