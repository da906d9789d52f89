"""What a browser asks for after its page was left brings no page back, and a run without a thread comes later."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from pages.parts.shell import page_requests
from tests.browser.server import serve
from tests.load.client import Client
from tests.load.watched_server import SCRIPTS, watched_server

QUICK = urlencode({"c": "LRP-ε-z⁺"})


def request_of(client: Client, page: str, timer: bool = False, with_controls: bool = False, back: bool = False) -> BackMsg:
    """What the browser sends for the page of this title: for one of its timers, for a control, or for a link to it."""
    message = BackMsg()
    asked = message.rerun_script
    asked.query_string, asked.page_script_hash, asked.is_history_navigation = client.query, client.pages[page], back
    if timer:
        asked.fragment_id, asked.is_auto_rerun = next(iter(client.timers)), True
    if timer or with_controls:
        asked.widget_states.widgets.extend(client.states.values())
    return message


@pytest.mark.parametrize("mode", SCRIPTS)
def test_neither_a_timer_nor_a_control_of_the_page_that_was_left_brings_it_back(mode: str) -> None:
    with watched_server(mode) as server, Client(server.url, QUICK) as client:
        client.run()
        assert client.timers, "the curves beneath the maps were there at once; this needs a page with a timer"
        client.put("depth", "34")  # a control, whose value the browser sends with each message
        late = request_of(client, "Compare", timer=True), request_of(client, "Compare", with_controls=True)
        client.send(request_of(client, "How to read a heatmap"))  # a link
        for message in late:
            client.send(message)
        client.take_answer()
        assert client.page == client.pages["How to read a heatmap"]
        for message in late:  # even where the browser sends them after the page has come
            client.send(message)
        client.states.clear()
        client.send(request_of(client, "Layers"))
        client.take_answer()
        assert client.page == client.pages["Layers"]
        client.send(request_of(client, "Compare"))
        client.take_answer()
        assert client.page == client.pages["Compare"], "a link to the page of before"
        client.put("depth", "34")
        client.send(request_of(client, "Compare", with_controls=True))
        client.take_answer()
        assert client.says("ResNet-34"), "a control of the page on show"
        client.send(request_of(client, "Layers", with_controls=True, back=True))
        client.take_answer()
        assert client.page == client.pages["Layers"], "a step back"


def test_a_run_for_which_there_is_no_thread_comes_a_moment_later(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with serve(log, launcher="tests/pages/shell/threadless_app.py") as url, Client(url, QUICK) as client:
        client.run()  # raises LoadError where the page shows an error
        client.put("depth", "34")
        client.run()
        assert client.says("ResNet-34")
    assert "a page waits for a thread" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_an_address_without_a_page_shows_the_first_one_whose_controls_work(tmp_path: Path) -> None:
    with serve(tmp_path / "log.txt") as url, Client(url, QUICK) as client:
        message = BackMsg()
        message.rerun_script.page_name = "no-such-page"
        client.rerun(message)
        assert client.page == client.pages["Compare"]
        client.put("depth", "34")
        client.run()
        assert client.says("ResNet-34")


def asked(fragment: str = "", trigger: bool = False, value: str = "") -> ClientState:
    found = ClientState(fragment_id=fragment, page_script_hash="page")
    if trigger:
        found.widget_states.widgets.add(id="button", trigger_value=True)
    found.widget_states.widgets.add(id="menu", string_value=value)
    return found


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """One whose runs can be started once `short` is False; `started` are their requests, `later` what the loop calls later."""
    found = SimpleNamespace(page_script_hash="page", _pages_manager=SimpleNamespace(main_script_hash="main"))
    found._client_state, found.short, found.started, found.later = ClientState(), True, [], []

    def request(session: SimpleNamespace, asked: ClientState) -> None:
        if session.short:
            raise RuntimeError("can't start new thread")
        session.started.append(asked)

    monkeypatch.setattr(page_requests, "_request", request)
    found._event_loop = SimpleNamespace(call_later=lambda seconds, call, *given: found.later.append(lambda: call(*given)))
    return found


def test_requests_that_wait_for_a_thread_are_one_with_every_button_that_was_pressed(
    session: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    ask = page_requests._request_in_order
    ask(session, asked(trigger=True, value="old"))  # type: ignore[arg-type]
    ask(session, asked(fragment="part", value="new"))  # type: ignore[arg-type]
    session.later.pop(0)()
    assert session.started == []
    assert len(caplog.records) == 1, "said once, however long it takes"
    session.short = False
    for call in session.later:
        call()
    (started,) = session.started
    states = {each.id: each for each in started.widget_states.widgets}
    assert started.fragment_id == "", "the whole page was asked for first"
    assert states["button"].trigger_value
    assert states["menu"].string_value == "new"


def test_another_error_than_that_of_a_thread_is_raised(session: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_requests, "_request", Mock(side_effect=RuntimeError("what is this")))
    with pytest.raises(RuntimeError, match="what is this"):
        page_requests._request_in_order(session, asked())  # type: ignore[arg-type]
    assert session.later == []


def test_streamlit_still_has_what_is_replaced() -> None:
    page_requests.guard_requests()
    assert AppSession.request_rerun is page_requests._request_in_order
