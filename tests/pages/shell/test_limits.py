"""How fast messages of a socket and an address may come, and how many sockets an address may have."""

import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.choose.picture_sources import MAX_BASE64
from pages.parts.shell import limits, rates
from pages.parts.shell.messages import PASTE_ID
from pages.parts.shell.rates import Bucket
from tests.pages.shell.limited_server import Server, rerun, scope


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


def test_large_messages_have_a_pace_of_their_own_of_an_address_and_of_all() -> None:
    server, large = Server(), rerun(MAX_BASE64, f"$$ID-1{PASTE_ID}")
    own, everybody = server.limits.addresses.use("192.0.2.1"), server.limits.pasted
    for narrow, wide in ((own.pasted, everybody), (everybody, own.pasted)):
        narrow.rate = narrow.burst = wide.rate = wide.burst = 1e8
        narrow.burst = 1.0
        start = time.monotonic()
        server.talk(scope(), [large] * 2)
        assert time.monotonic() - start > 2 * MAX_BASE64 / 1e8
    server.talk(scope(), [rerun()] * 5)
    assert [len(data) for data in server.heard[:4]] == [len(large)] * 4  # none is lost
    assert len(server.heard) == 9


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
