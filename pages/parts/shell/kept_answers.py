"""Answers to what the browser asks for beside runs of the page, such as where an upload goes: they outlast a run that begins."""

from collections.abc import Callable

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = ("file_urls_response", "backend_operation_response", "heartbeat_ack")
_clear: Callable[..., None] = ForwardMsgQueue.clear


def keep_answers() -> None:
    """Has Streamlit keep answers where a run begins before they are sent. To be called once in a process, or more often.

    It drops all that the run before has drawn, and an upload or a download whose answer is dropped with it never ends.
    """
    # Streamlit offers no place for it.
    ForwardMsgQueue.clear = _clear_but_answers  # type: ignore[method-assign, assignment]


def _clear_but_answers(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    waiting = list(queue._queue)
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    if retain_lifecycle_msgs:
        kept = {id(message) for message in queue._queue}
        answers = (message for message in waiting if message.WhichOneof("type") in ANSWERS and id(message) not in kept)
        queue._queue.extend(answers)
