"""What stands in front of Streamlit on the open web, without a server."""

import asyncio
from typing import Any

import pytest

from pages.parts.shell.guard import Guard, content_policy, inline_scripts


def answer(path: str, method: str = "GET", host: str = "demo.example.org", kind: str = "http") -> tuple[int, dict[str, str]]:
    """The status and headers of one request; 101 for a WebSocket that is let through."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200 if kind == "http" else 101, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": kind, "path": path, "method": method, "headers": [(b"host", host.encode())]}
    asyncio.run(Guard(app)(scope, receive, send))
    headers = {key.decode(): value.decode() for key, value in sent[0].get("headers", [])}
    return sent[0]["status"], headers


@pytest.mark.parametrize("path", ["/", "/_stcore/metrics", "/base/_stcore/metrics", "/static/x.js", "/_stcore/upload_file/a/b"])
def test_every_answer_of_ours_and_of_streamlit_carries_the_headers(path: str) -> None:
    status, headers = answer(path)
    assert headers["content-security-policy"] == content_policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert status == (404 if "metrics" in path else 200)


def test_the_policy_allows_no_eval_no_foreign_host_and_no_inline_script_but_by_hash() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    assert "'unsafe-eval'" not in content_policy()
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'sha256-" in rules["script-src"]
    assert rules["object-src"] == "'none'"
    assert not any(word.startswith(("http", "*", "ws:")) for rule in rules.values() for word in rule.split())


def test_inline_scripts_are_known_by_the_hash_a_browser_computes() -> None:
    page = "<script>alert('Hello, world.');</script><script src='/a.js'></script>"
    assert inline_scripts(page) == ["'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"]  # the specification's own example


@pytest.mark.parametrize(
    ("host", "status"),
    [("demo.example.org", 200), ("DEMO.example.org:443", 200), ("evil.example", 400), ("demo.example.org.evil.example", 400),
     ("", 400), ("demo.example.org@evil.example", 400)],
)  # fmt: skip
def test_only_known_names_are_answered(monkeypatch: pytest.MonkeyPatch, host: str, status: int) -> None:
    monkeypatch.setenv("LRP_HOSTS", " demo.example.org ,other.example")
    assert answer("/", host=host)[0] == status
    assert answer("/_stcore/health", host=host)[0] == 200
    assert answer("/_stcore/stream", host=host, kind="websocket")[0] == (101 if status == 200 else 400)


def test_a_star_stands_for_every_subdomain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRP_HOSTS", "*.example.org")
    assert answer("/", host="demo.example.org")[0] == 200
    assert answer("/", host="demo.example.com")[0] == 400


def test_any_name_is_answered_if_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LRP_HOSTS", raising=False)
    assert answer("/", host="whatever.example")[0] == 200


def test_a_server_without_host_names_says_so_loudly_when_it_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("LRP_HOSTS", raising=False)
    answer("/")
    assert "LRP_HOSTS IS NOT SET" in caplog.text
    caplog.clear()
    monkeypatch.setenv("LRP_HOSTS", "demo.example.org")
    answer("/")
    assert caplog.text == ""
