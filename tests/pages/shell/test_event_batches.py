"""The event loop is woken once for many messages, and each message arrives, in its order, from whatever thread."""

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession

from pages.parts.shell import event_batches


class Loop:
    """Stands in for the event loop of a session; the loop's turns are taken by hand, those that a callback asks for included."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.woken = 0
        self.turns: list[Callable[[], object]] = []
        monkeypatch.setattr(event_batches, "_call_soon", self.wake)
        running = SimpleNamespace(call_soon=lambda call, *given: self.turns.append(lambda: call(*given)))
        self.session = SimpleNamespace(_event_loop=running)

    def wake(self, session: object, callback: Callable[[], object]) -> None:
        self.woken += 1
        self.turns.append(callback)

    def turn(self) -> None:
        self.turns.pop(0)()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(monkeypatch)


def test_many_callbacks_wake_the_loop_once_and_none_is_called_later_than_it_would_have_been_alone(loop: Loop) -> None:
    session, called = loop.session, []

    def call(number: int) -> None:
        if number == 3:  # two more come while these are called: the loop comes to what waits already before them
            for late in (5, 6):
                event_batches._call_after_others(session, lambda late=late: called.append(late))
        called.append(number)

    for number in range(5):
        event_batches._call_after_others(session, lambda number=number: call(number))
    loop.turns.append(lambda: called.append("the visitor's next message"))
    loop.turn()
    assert called == [0, 1, 2, 3, 4]
    loop.turn()
    loop.turn()
    assert called[5:] == ["the visitor's next message", 5, 6]
    assert (loop.woken, loop.turns) == (1, [])
    called[:] = []
    event_batches._call_after_others(session, lambda: called.append(5))
    loop.turn()
    assert (called, loop.woken) == ([5], 2)


def test_a_message_of_the_visitor_is_handled_after_all_that_a_run_has_drawn(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    session, called = loop.session, []
    monkeypatch.setattr(event_batches, "_handle_message", lambda session, message: called.append(message))
    for number in range(3):
        event_batches._call_after_others(session, lambda number=number: called.append(number))
    event_batches._handle_after_what_waits(session, "message")  # type: ignore[arg-type]
    assert called == [0, 1, 2, "message"]
    loop.turn()  # for which the first one woke it
    assert (called, loop.turns) == ([0, 1, 2, "message"], [])
    event_batches._call_after_others(session, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        event_batches._handle_after_what_waits(session, "another")  # type: ignore[arg-type]
    assert called[-1] == "another", "a message is lost where something before it fails"


def test_a_callback_that_fails_keeps_none_after_it_back(loop: Loop) -> None:
    session, called = loop.session, []
    event_batches._call_after_others(session, lambda: 1 / 0)
    event_batches._call_after_others(session, lambda: called.append(1))
    with pytest.raises(ZeroDivisionError):
        loop.turn()
    loop.turn()
    assert called == [1]


def test_threads_lose_no_callback() -> None:
    async def run() -> list[tuple[int, int]]:
        called: list[tuple[int, int]] = []
        session = SimpleNamespace(_event_loop=asyncio.get_running_loop())
        batch = event_batches._call_after_others

        def draw(thread: int) -> None:
            for number in range(2000):
                batch(session, lambda number=number: called.append((thread, number)))  # type: ignore[arg-type]

        threads = [threading.Thread(target=draw, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or len(called) < 8000:
            await asyncio.sleep(0.01)
        return called

    called = asyncio.run(asyncio.wait_for(run(), 60))
    for thread in range(4):
        assert [number for each, number in called if each == thread] == [*range(2000)]


def test_the_loop_is_told_of_messages_once_until_it_sends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Mock()
    monkeypatch.setattr(event_batches, "_tell_of_message", told)
    need = asyncio.Event()
    runtime = SimpleNamespace(_get_async_objs=lambda: SimpleNamespace(need_send_data=need))
    event_batches._tell_once(runtime)  # type: ignore[arg-type]
    need.set()
    event_batches._tell_once(runtime)  # type: ignore[arg-type]
    assert told.call_count == 1
    need.clear()
    event_batches._tell_once(runtime)  # type: ignore[arg-type]
    assert told.call_count == 2


def test_streamlit_still_has_what_is_replaced() -> None:
    event_batches.batch_events()
    assert AppSession._call_soon_on_event_loop is event_batches._call_after_others
    assert Runtime._enqueued_some_message is event_batches._tell_once
    assert AppSession.handle_backmsg is event_batches._handle_after_what_waits
