"""How many files of a visitor, of an address and of all are taken, looked at before their bytes come."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from pages.parts.shell import uploads
from pages.parts.shell.rates import Bucket
from pages.parts.shell.uploads import ADDRESS_BYTES, ALL_BYTES, LARGEST, NETWORK_BYTES, VISITOR_BYTES, VISITOR_FILES, Upload
from tests.pages.shell.limited_server import Server, scope


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What Streamlit keeps of the sessions "me" and "you"; a third one has left."""
    files: dict[str, dict[str, Any]] = {}
    manager = SimpleNamespace(file_storage=files, remove_session_files=lambda session: files.pop(session, None))
    runtime = SimpleNamespace(uploaded_file_mgr=manager, is_active_session={"me", "you"}.__contains__)
    monkeypatch.setattr(uploads.runtime, "get_instance", lambda: runtime)
    return files


def put(server: Server, session: str, file: str, size: int = 10, address: str = "192.0.2.1") -> int:
    server.talk(scope("http", f"/_stcore/upload_file/{session}/{file}", address, content_length=str(size)))
    return int(next(each["status"] for each in reversed(server.sent) if each["type"] == "http.response.start"))


def file(size: int = 10) -> Any:
    return SimpleNamespace(data=bytes(size))


def test_a_visitor_has_only_so_many_files(kept: dict[str, dict[str, Any]]) -> None:
    server = Server()
    kept["me"] = {f"file {i}": file() for i in range(VISITOR_FILES - 1)}
    assert put(server, "me", "last") == 204
    kept["me"]["last"] = file()
    assert put(server, "me", "one more") == 429
    assert put(server, "me", "last") == 204  # the same one again
    assert put(server, "you", "first") == 204


def test_the_files_of_a_visitor_have_only_so_many_bytes(
    kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10**9)  # so that few files tell the limits of many
    server = Server()
    kept["me"] = {"file": file(VISITOR_BYTES - 10)}
    assert put(server, "me", "small", 10) == 204
    assert put(server, "me", "larger", 11) == 429
    assert put(server, "me", "file", VISITOR_BYTES) == 204  # instead of the other
    assert put(server, "you", "larger", 11) == 204


def test_files_count_while_they_come(kept: dict[str, dict[str, Any]]) -> None:
    server, inside = Server(), list[Any]()

    def during() -> None:
        number = len(inside)
        upload = server.limits.uploads.upload_of(scope("http", f"/_stcore/upload_file/me/{number}"), "192.0.2.1")
        assert upload
        inside.append(server.limits.uploads.refusal(upload))
        if number < 5:
            with server.limits.uploads.arriving(upload):
                during()

    server.during = during
    put(server, "me", "first")
    assert [bool(refused) for refused in inside] == [False, False, True, True, True, True]


def test_a_file_that_comes_twice_at_once_counts_twice(kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10**9)
    here = uploads.Uploads()
    one = uploads.Upload("me", "a", "192.0.2.1", 12_000_000)
    with here.arriving(one), here.arriving(one):
        assert here.refusal(one)
    kept["me"] = {"a": file(30_000_000)}
    assert here.refusal(one) is None  # in place of the one that is kept


def test_an_address_and_all_have_only_so_many_bytes_and_newcomers_have_a_place(
    kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "VISITOR_BYTES", ALL_BYTES)  # or it would take many visitors
    monkeypatch.setattr(uploads, "LARGEST", 10**9)  # so that few files tell the limits of many
    server = Server()
    assert put(server, "me", "a", ADDRESS_BYTES) == 204
    assert put(server, "me", "a", ADDRESS_BYTES + 1) == 429
    kept["you"] = {"b": file(ALL_BYTES)}
    assert put(server, "me", "a", 10_000_000) == 204  # nothing of this address is here yet
    kept["me"] = {"a": file(10)}
    assert put(server, "me", "c", 10) == 503


def test_networks_may_be_larger_than_pictures_where_the_operator_allows_it(
    kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    assert put(server, "me", "network", NETWORK_BYTES) == 204
    assert put(server, "me", "network", NETWORK_BYTES + 1) == 413
    kept["you"] = {"other": file(LARGEST + 1)}
    assert put(server, "me", "network", NETWORK_BYTES) == 503  # one at a time, for all
    assert put(server, "me", "picture", LARGEST) == 204  # which no network keeps from coming
    monkeypatch.setenv("LRP_NETWORK_UPLOADS", "0")
    assert put(server, "me", "network", LARGEST + 1) == 413


def test_a_file_ends_where_it_is_longer_than_it_was_said_to_be() -> None:
    upload, parts = Upload("me", "a", "", 10), iter([b"12345678", b"90", b"1"])

    async def receive() -> Any:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    counted = upload.up_to_its_size(receive)
    kinds = [asyncio.run(counted())["type"] for _ in range(3)]
    assert kinds == ["http.request", "http.request", "http.disconnect"]


def test_bytes_come_at_a_pace_and_all_of_a_refused_file_are_thrown_away_at_it() -> None:
    parts = iter([(b"x" * 100, True)] * 5 + [(b"x" * 100, False)] + [(b"never", True)])

    async def receive() -> Any:
        body, more = next(parts)
        return {"type": "http.request", "body": body, "more_body": more}

    start = time.monotonic()
    asyncio.run(uploads.throw_away(uploads.paced(receive, Bucket(1000, 300))))
    assert 0.25 < time.monotonic() - start < 2.0
    assert next(parts)[0] == b"never"


def test_who_hangs_up_in_the_middle_of_a_file_is_no_error(
    kept: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up() -> None:
        raise ClientDisconnect

    monkeypatch.setattr(uploads, "LARGEST", 10**9)  # so that one file takes all that a visitor may have
    server = Server()
    server.during = hang_up
    server.talk(scope("http", "/_stcore/upload_file/me/a", content_length=str(VISITOR_BYTES)))
    assert server.sent == []
    server.during = lambda: None
    assert put(server, "me", "b", VISITOR_BYTES) == 204  # the other one counts no longer


def test_files_of_those_who_left_are_let_go_when_the_next_one_comes(kept: dict[str, dict[str, Any]]) -> None:
    kept["gone"] = {"a": file(ALL_BYTES)}
    assert put(Server(), "me", "a") == 204
    assert "gone" not in kept
