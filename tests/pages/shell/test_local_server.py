"""Which host names a server at home answers to."""

import asyncio
from typing import Any

import pytest
from streamlit import config

from pages.parts.shell.local_server import LocalHosts


@pytest.mark.parametrize(("host", "address", "hosts", "status"), [
    ("localhost:8501", "127.0.0.1", "", 200), ("127.0.0.1:8501", "127.0.0.1", "", 200), ("[::1]:8501", "127.0.0.1", "", 200),
    ("evil.example", "127.0.0.1", "", 400), ("evil.example", "0.0.0.0", "", 200), ("evil.example", "0.0.0.0", "a.example", 400),
    ("a.example", "127.0.0.1", "a.example", 200), ("127.0.0.1", "127.0.0.1", "a.example", 400), ("", "127.0.0.1", "", 400),
])  # fmt: skip
def test_a_server_at_home_answers_to_its_own_names(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str, hosts: str, status: int
) -> None:
    monkeypatch.setenv("LRP_HOSTS", hosts)
    monkeypatch.setattr(config, "get_option", {"server.address": address, "browser.serverAddress": "localhost"}.get)
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    asked = {"type": "http", "path": "/", "method": "GET", "headers": [(b"host", host.encode())]}
    asyncio.run(LocalHosts(app)(asked, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == status
