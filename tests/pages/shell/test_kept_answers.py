"""What the browser asked for beside runs is answered, whatever run begins."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.parts.shell import kept_answers


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ForwardMsgQueue:
    """One that waits to be sent: an element, one of a part, and an answer of each kind."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", kept_answers._clear_but_answers)
    found = ForwardMsgQueue()
    for place, part in enumerate(("", "part")):
        message = ForwardMsg()
        message.metadata.delta_path[:] = [0, place]
        message.delta.new_element.text.body = "drawn"
        message.delta.fragment_id = part
        found.enqueue(message)
    for kind in kept_answers.ANSWERS:
        message = ForwardMsg(heartbeat_ack=True) if kind == "heartbeat_ack" else ForwardMsg()
        if kind != "heartbeat_ack":
            getattr(message, kind).SetInParent()
        found.enqueue(message)
    return found


@pytest.mark.parametrize(("parts", "drawn"), [(None, 0), (["part"], 1), (["another"], 2)])
def test_a_run_that_begins_drops_what_was_drawn_and_keeps_each_answer_once(
    queue: ForwardMsgQueue, parts: list[str] | None, drawn: int
) -> None:
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
    kinds = [message.WhichOneof("type") for message in queue.flush()]
    assert sorted(map(str, kinds)) == sorted(["delta"] * drawn + [*kept_answers.ANSWERS])
    assert queue.is_empty()


def test_streamlit_still_has_what_is_replaced_and_drops_answers_itself(queue: ForwardMsgQueue) -> None:
    kept_answers._clear(queue, retain_lifecycle_msgs=True)
    assert queue.is_empty(), "Streamlit keeps them now; this change can go"
    kept_answers.keep_answers()
    assert ForwardMsgQueue.clear is kept_answers._clear_but_answers
