"""Pages of other origins are refused before Streamlit sees them."""

import pytest
from streamlit import config

from tests.pages.shell.limited_server import HOST, Server, scope


@pytest.mark.parametrize(("origin", "opens"), [
    ("https://demo.example.org", True), ("https://DEMO.example.org", True), (None, True), ("https://evil.example", False),
    ("https://demo.example.org.evil.example", False), ("null", False), ("https://[", False), ("", False),
    ("https://friend.example", True),
])  # fmt: skip
def test_a_page_of_another_origin_is_refused_and_streamlit_never_asks_who_it_is(
    monkeypatch: pytest.MonkeyPatch, origin: str | None, opens: bool
) -> None:
    real = config.get_option
    set_to = {"server.corsAllowedOrigins": ["https://friend.example"]}
    monkeypatch.setattr(config, "get_option", lambda name: set_to.get(name) or real(name))
    monkeypatch.setattr(config, "is_manually_set", set_to.__contains__)
    server = Server()
    server.talk(scope(**({} if origin is None else {"origin": origin})))
    assert bool(server.scopes) == opens
    assert server.sent == ([] if opens else [{"type": "websocket.close", "code": 1008}])
    assert all(name != b"origin" for each in server.scopes for name, _ in each["headers"])


def test_requests_reach_streamlit_without_their_origin() -> None:
    server = Server()
    server.talk(scope("http", "/_stcore/health", origin="https://evil.example"))
    assert server.scopes[0]["headers"] == [(b"host", HOST)]
