"""A process that answers many requests: each within its bounds, and a fresh process where one has ended."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from lrp.sandbox import messages, process, service
from lrp.sandbox.messages import read_message, write_message
from lrp.sandbox.process import TIMED_OUT, TIMEOUT_STATUSES, ProcessLimits
from lrp.sandbox.service import Service

WIDE = ProcessLimits(5, 30.0, 10**9, 10**6)
BODY = """import os, time
from lrp.sandbox.child import allow_seconds
from lrp.sandbox.messages import read_message, write_message

def main(file, out, seconds):
    while (data := read_message(file)) is not None:
        allow_seconds(int(seconds))
        if data == b"spin":
            while True: pass
        if data == b"sleep": time.sleep(60)
        if data == b"crash": os.abort()
        if data == b"half": out.write(b"short"); out.flush(); os._exit(0)
        write_message(out, str(os.getpid()).encode() if data == b"who" else data[::-1])
"""


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ProcessLimits], Service]]:
    """Gives a function that starts the job above within limits."""
    (tmp_path / "sandbox").mkdir()
    monkeypatch.setattr(process, "__file__", str(tmp_path / "sandbox" / "process.py"))
    for module in (process.CHILD, Path(messages.__file__)):
        (tmp_path / "sandbox" / module.name).write_text(module.read_text())
    (tmp_path / "work.py").write_text(BODY)
    made: list[Service] = []

    def make(limits: ProcessLimits = WIDE) -> Service:
        made.append(Service("lrp.work:main", limits))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_one_process_answers_many_requests(serve: Callable[..., Service]) -> None:
    asked = serve()
    assert asked.ask(b"abc") == (0, b"cba")
    assert asked.ask(b"") == (0, b"")
    assert asked.ask(bytes(10**6)) == (0, bytes(10**6))
    assert asked.ask(b"who") == asked.ask(b"who")


@pytest.mark.parametrize(
    ("request_", "limits", "statuses"),
    [
        (b"spin", ProcessLimits(1, 30.0, 10**9, 10**6), TIMEOUT_STATUSES),
        (b"sleep", ProcessLimits(5, 0.5, 10**9, 10**6), (TIMED_OUT,)),
        (b"crash", WIDE, (-6,)),
        (b"half", WIDE, (1,)),
    ],
)
def test_one_that_takes_too_much_or_ends_is_told_and_the_next_has_a_fresh_process(
    serve: Callable[..., Service], request_: bytes, limits: ProcessLimits, statuses: tuple[int, ...]
) -> None:
    asked = serve(limits)
    before = asked.ask(b"who")
    code, answer = asked.ask(request_)
    assert code in statuses
    assert answer == b""
    after = asked.ask(b"who")
    assert after[0] == 0
    assert after != before


def test_processor_time_is_counted_for_each_request_alone(serve: Callable[..., Service]) -> None:
    asked = serve(ProcessLimits(1, 30.0, 10**9, 10**6))
    who = asked.ask(b"who")
    for _ in range(40):
        asked.ask(bytes(8 * 10**6))
    assert asked.ask(b"who") == who


def test_a_process_makes_room_for_a_fresh_one_after_many_requests(
    serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_REQUESTS", 2)
    asked = serve()
    who = [asked.ask(b"who")[1] for _ in range(5)]
    assert len(set(who)) == 3
    assert who[0] == who[1] != who[2] == who[3] != who[4]


def test_messages_have_their_length_before_them() -> None:
    file = BytesIO()
    write_message(file, b"ab")
    write_message(file, b"")
    assert file.getvalue() == b"\0\0\0\0\0\0\0\2ab" + bytes(8)
    file.seek(0)
    assert (read_message(file), read_message(file), read_message(file)) == (b"ab", b"", None)
    assert read_message(BytesIO(file.getvalue()[:9])) is None
    assert read_message(BytesIO(b"\0\0")) is None
