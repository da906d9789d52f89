"""Downloads a picture from an untrusted link: which links, redirects and answers are accepted.

Such a link may aim at addresses behind the firewall (SSRF), at endless answers, or at proxy settings and passwords of the
environment. `lrp.pictures.guarded_session` decides which hosts may be reached.
"""

import logging
import re
from urllib.parse import urljoin

import requests
from urllib3.exceptions import LocationParseError
from urllib3.exceptions import TimeoutError as SocketTimeout
from urllib3.util import parse_url

from lrp.pictures import public_address as addresses
from lrp.pictures.decode import InputError
from lrp.pictures.fetch import UNREACHABLE
from lrp.pictures.guarded_session import Deadline, RefusedLink, guarded_session
from lrp.pictures.name_lookup import LookupTimeout, Visitor

MAX_LENGTH = 4096  # characters of a link

_HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": "lrp-dashboard/0.1 (fetches one picture at a visitor's request)",
}

_log = logging.getLogger(__name__)


def download(url: str, seconds: float, max_bytes: int, hops: int, visitor: Visitor) -> bytes:
    """Returns the bytes behind a link, within the limits of `lrp.fetch_image`. Raises InputError, and nothing else."""
    if problem := _url_problem(url):
        raise InputError(problem)
    with Deadline(seconds) as deadline, guarded_session(deadline, visitor) as session:
        try:
            return _download(session, url, deadline, max_bytes, hops)
        except InputError:
            raise
        except Exception as error:  # whatever a hostile answer makes the libraries raise
            _log.warning("link refused: %s", _log_reason(error))
            _log.debug("link refused: %r, %r", url, error)
            raise InputError(_failure_message(error, deadline, seconds)) from None


def _failure_message(error: Exception, deadline: Deadline, seconds: float) -> str:
    """The sentence for a download that failed by an error other than InputError."""
    if isinstance(error, LookupTimeout):
        limit = f"{round(error.seconds, 1):g} seconds"
        return f"No name server found this address within {limit}; check the link, or try again in a minute."
    if deadline.left == 0 or isinstance(error, TimeoutError | requests.Timeout | SocketTimeout):
        return f"The server took longer than {seconds:g} seconds; try again, or save the picture and upload the file instead."
    return UNREACHABLE


def _log_reason(error: BaseException) -> str:
    """The chain of error types for the log, outermost first; without their messages, which quote the link."""
    if isinstance(error, RefusedLink):
        return str(error)
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 8:
        details = [getattr(cause, name, None) for name in ("errno", "verify_code")]  # numbers only, which cannot quote the link
        causes.append(" ".join([type(cause).__name__, *(str(number) for number in details if isinstance(number, int))]))
        inner = getattr(cause, "reason", None) or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    return " < ".join(causes)


def _url_problem(url: str) -> str | None:
    """A sentence on what is wrong with the text of a link; None if it may be requested."""
    if not url:
        return "Paste the address of a picture, beginning with https://."
    if len(url) > MAX_LENGTH:
        return f"This link is longer than {MAX_LENGTH:,} characters; save the picture and upload the file instead."
    try:
        parts = parse_url(url)  # the parser that requests uses, so that both see the same host
    except LocationParseError:
        parts = None
    if not re.match(r"https?://", url, re.IGNORECASE):
        return "Only links that begin with http:// or https:// can be fetched; paste such a link, or upload the file."
    if parts is None or not parts.host or re.search(r"[\x00-\x1f\x7f\\]", url):
        return "This is not a complete link; copy it again from your browser's address bar, or upload the file."
    if parts.auth is not None:
        return "A link with a name or password before the @ is not fetched; save the picture and upload the file instead."
    if parts.port is not None and not addresses.is_web_port(parts.port):
        return (
            f"Links are fetched from the ports 80 and 443 of the web only, and this one names port {parts.port}; save the "
            "picture and upload the file instead."
        )
    return None


def _download(session: requests.Session, url: str, deadline: Deadline, max_bytes: int, hops: int) -> bytes:
    """The body at the end of at most `hops` redirects."""
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
        if _url_problem(url):
            raise RefusedLink("redirected to a link that may not be asked for")
    raise RefusedLink("redirected too often")


def _read(response: requests.Response, max_bytes: int) -> bytes:
    """The body of an answer, read in pieces up to `max_bytes`. Raises for a compressed, empty or HTML answer."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedLink("compressed although that was not asked for")  # a small answer could unpack to a huge one
    too_large = f"This picture is larger than {max_bytes / 1e6:g} MB, the most we fetch; upload a smaller one instead."
    if (response.raw.length_remaining or 0) > max_bytes:
        raise InputError(too_large)
    body = bytearray()
    while chunk := response.raw.read(65536, decode_content=False):
        body += chunk
        if len(body) > max_bytes:
            raise InputError(too_large)
    if not body:
        raise RefusedLink("answered with nothing")
    if _is_web_page(response.headers.get("content-type", ""), bytes(body[:1024])):
        raise InputError(
            "This link leads to a web page, not to a picture; open the page, copy the address of the picture itself "
            "(right-click on it), and paste that."
        )
    return bytes(body)


def _is_web_page(content_type: str, head: bytes) -> bool:
    """Whether an answer is HTML, by its first bytes and its declared type."""
    claimed = "html" in content_type.lower()
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html|<head)", head, re.IGNORECASE)) or (
        claimed and head.lstrip().startswith(b"<")
    )


def _check_status(status: int) -> None:
    """Raises InputError or RefusedLink unless the HTTP status is 200."""
    if status in (404, 410):
        raise InputError(f"The server has no picture at this address ({status}); check the link, or upload the file.")
    if 400 <= status < 500:
        raise InputError(f"The server does not hand this picture out ({status}); save it and upload the file instead.")
    if status >= 500:
        raise InputError(f"The server has a problem of its own ({status}); try again later, or upload the file instead.")
    if status != 200:
        raise RefusedLink(f"answered with status {status}")
