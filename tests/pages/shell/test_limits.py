"""What stands in front of Streamlit on every server, without a server."""

import asyncio
import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.shell import limits, rates, uploads
from pages.parts.shell.limits import Limits
from pages.parts.shell.local_server import LocalHosts
from pages.parts.shell.messages import MAX_LINK, MAX_MESSAGE, MAX_STATES, judge
from pages.parts.shell.rates import Bucket
from pages.parts.shell.uploads import ADDRESS_BYTES, ALL_BYTES, LARGEST, NETWORK_BYTES, VISITOR_BYTES, VISITOR_FILES, Upload

HOST = b"demo.example.org"


def scope(kind: str = "websocket", path: str = "/_stcore/stream", address: str = "192.0.2.1", **headers: str) -> dict[str, Any]:
    fields = [(b"host", HOST), *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())]
    return {"type": kind, "path": path, "method": "PUT", "client": (address, 1), "headers": fields}


class Server:
    """Limits before an application that keeps what it receives; `sent` is what the client gets."""

    def __init__(self) -> None:
        self.limits = Limits(self.app)
        self.received: list[Any] = []
        self.sent: list[Any] = []
        self.scopes: list[Any] = []
        self.during = lambda: None

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.during()
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            return
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return

    def talk(self, scope: dict[str, Any], messages: Iterable[bytes | str] = ()) -> None:
        """One connection that sends these and hangs up."""
        inbox: list[Any] = [{"type": "websocket.connect"}] if scope["type"] == "websocket" else []
        inbox += [{"type": "websocket.receive", "bytes" if isinstance(each, bytes) else "text": each} for each in messages]
        inbox.append({"type": "websocket.disconnect", "code": 1000})

        async def receive() -> Any:
            return inbox.pop(0)

        async def send(message: Any) -> None:
            self.sent.append(message)

        asyncio.run(self.limits(scope, receive, send))

    @property
    def heard(self) -> list[bytes]:
        return [each["bytes"] for each in self.received if each["type"] == "websocket.receive"]


def rerun(size: int = 0, widget: str = "$$ID-1-x", link: int = 0, fragment: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = "x" * link
    message.rerun_script.fragment_id = fragment
    message.rerun_script.widget_states.widgets.add(id=widget, string_value="x" * size)
    return message.SerializeToString()


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


def test_requests_reach_streamlit_without_their_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    server.talk(scope("http", "/_stcore/health", origin="https://evil.example"))
    assert server.scopes[0]["headers"] == [(b"host", HOST)]


@pytest.mark.parametrize("message", [
    BackMsg(clear_cache=True), BackMsg(set_run_on_save=True), BackMsg(load_git_info=True), BackMsg(debug_shutdown_runtime=True),
    BackMsg(debug_disconnect_websocket=True), BackMsg(),
], ids=lambda message: str(message.WhichOneof("type")))  # fmt: skip
def test_what_no_visitor_may_ask_for_is_dropped_and_the_next_message_is_heard(message: BackMsg) -> None:
    server = Server()
    wanted = BackMsg(stop_script=True).SerializeToString()
    server.talk(scope(), [message.SerializeToString(), wanted])
    assert server.heard == [wanted]


def test_installing_anything_on_the_server_is_dropped() -> None:
    message = BackMsg()
    message.backend_operation_request.install_skills.SetInParent()
    assert judge(message.SerializeToString()).drop
    message.backend_operation_request.deferred_file.file_id = "a"
    assert not judge(message.SerializeToString()).drop


@pytest.mark.parametrize(("data", "code"), [
    (rerun(), 0), (rerun(MAX_STATES - 1000), 0), (rerun(MAX_STATES), 1009), (rerun(13_400_000, "$$ID-9-paste"), 0),
    (rerun(MAX_MESSAGE, "$$ID-9-paste"), 1009), (rerun(link=MAX_LINK), 0), (rerun(link=MAX_LINK + 1), 1009),
    (rerun(5_000_000, "$$ID-9-paste") + rerun(5_000_000, "$$ID-8-paste"), 1009), (b"\xff" * 9, 1003),
])  # fmt: skip
def test_messages_have_the_size_of_what_the_app_sends(data: bytes, code: int) -> None:
    assert judge(data).close == code


def test_what_is_too_large_or_text_closes_the_socket() -> None:
    for message, code in ((rerun(MAX_STATES), 1009), ("text", 1003)):
        server = Server()
        server.talk(scope(), [message, rerun()])
        assert server.heard == []
        assert server.sent == [{"type": "websocket.close", "code": code}]


def test_messages_that_come_too_fast_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "socket_rates", lambda: rates.Rates(Bucket(1000, 1000), Bucket(20, 5), Bucket(1, 1)))
    server = Server()
    start = time.monotonic()
    server.talk(scope(), [rerun()] * 5)
    assert time.monotonic() - start < 0.2
    server.talk(scope(), [rerun()] * 15)
    assert time.monotonic() - start > 0.45
    assert len(server.heard) == 20  # none is lost


def test_a_socket_that_floods_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "socket_rates", lambda: rates.Rates(Bucket(400, 5), Bucket(9, 9), Bucket(9, 9)))
    server = Server()
    server.talk(scope(), [BackMsg(app_heartbeat=True).SerializeToString()] * 1000)
    assert 200 <= len(server.heard) < 600
    assert server.sent == [{"type": "websocket.close", "code": 1008}]


def test_sockets_of_one_address_share_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Addresses, "use", lambda self, address: use[address])
    use = {"192.0.2.1": rates.AddressUse(), "192.0.2.2": rates.AddressUse()}
    for each in use.values():
        each.rates = rates.Rates(Bucket(1000, 1000), Bucket(20, 5), Bucket(1, 1))
    server = Server()
    start = time.monotonic()
    for _ in range(3):
        server.talk(scope(), [rerun()] * 5)
    assert time.monotonic() - start > 0.45
    again = time.monotonic()
    server.talk(scope(address="192.0.2.2"), [rerun()] * 5)
    assert time.monotonic() - again < 0.2


def test_an_address_has_only_so_many_sockets_and_another_one_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SOCKETS_EACH", 2)
    server = Server()
    server.talk(scope())
    use = server.limits.addresses.use("192.0.2.1")
    assert use.sockets == 0
    use.sockets = 2
    server.talk(scope())
    assert server.sent[-1] == {"type": "websocket.close", "code": 1008}
    server.talk(scope(address="192.0.2.9"))
    assert len(server.scopes) == 2
    assert server.limits.sockets == 0


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


def test_files_of_those_who_left_are_let_go_when_the_next_one_comes(kept: dict[str, dict[str, Any]]) -> None:
    kept["gone"] = {"a": file(ALL_BYTES)}
    assert put(Server(), "me", "a") == 204
    assert "gone" not in kept


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
