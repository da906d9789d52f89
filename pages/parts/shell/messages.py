"""Which messages of a browser the app expects, and what each costs."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.choose.picture_sources import MAX_BASE64

MAX_STATES = 256_000  # bytes of the states of all controls but the pasted picture
MAX_PASTED = MAX_BASE64 + 10_000  # bytes of the state that brings a pasted picture, its name included
MAX_MESSAGE = MAX_PASTED + MAX_STATES
MAX_STATE_COUNT = 500  # states in a message; a page sends some twenty
STATE_IDS = ("$$ID", "$$STREAMLIT_INTERNAL_KEY")  # how the IDs of all controls begin; at any other one Streamlit's state breaks
MAX_NAMES = 1000  # files for which a message asks where to send them
NAMES_OF_A_RUN = 100  # whose places take as long as a run of the page, or less
MAX_LINK = 32_000  # characters of the page's address that come with each run
PASTE_ID = "-paste"  # how the ID of the component that sends pasted pictures ends
FRAGMENT_COST = 0.5  # of a run of the whole page
WANTED = ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request")
WANTED_OPERATIONS = ("deferred_file", "dataframe_chunk")

TOO_BIG, NOT_WANTED = 1009, 1003  # codes with which a WebSocket is closed


@dataclass(frozen=True)
class Judgement:
    """close: the code with which to close the socket, 0 for none. drop: whether Streamlit is not to see the message.

    run, file: what it costs, in runs of a page and in files made on a click.
    """

    close: int = 0
    drop: bool = False
    run: float = 0.0
    file: float = 0.0


def judge_message(data: bytes) -> Judgement:
    """Returns what to do with a message: clearing the caches of all visitors, for one, is nothing that a visitor may ask for."""
    if len(data) > MAX_MESSAGE:
        return Judgement(close=TOO_BIG)
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return Judgement(close=NOT_WANTED)
    kind = message.WhichOneof("type")
    if kind == "rerun_script":
        return _judge_run(message, len(data))
    if len(data) > MAX_STATES:
        return Judgement(close=TOO_BIG)
    if kind == "backend_operation_request":
        wanted = message.backend_operation_request.WhichOneof("payload") in WANTED_OPERATIONS
        return Judgement(drop=not wanted, file=1.0)
    if kind == "file_urls_request":
        names = len(message.file_urls_request.file_names)
        return Judgement(close=TOO_BIG) if names > MAX_NAMES else Judgement(run=names / NAMES_OF_A_RUN)
    return Judgement(drop=kind not in WANTED)


def _judge_run(message: BackMsg, size: int) -> Judgement:
    run = message.rerun_script
    states = run.widget_states.widgets
    if len(run.query_string) > MAX_LINK or len(states) > MAX_STATE_COUNT:
        return Judgement(close=TOO_BIG)
    if not all(state.id.startswith(STATE_IDS) for state in states):
        return Judgement(close=NOT_WANTED)
    if size > MAX_STATES:
        pasted = [state.ByteSize() for state in states if state.id.endswith(PASTE_ID)]
        largest = max(pasted, default=0)
        if largest > MAX_PASTED or size - largest > MAX_STATES:
            return Judgement(close=TOO_BIG)
    return Judgement(run=FRAGMENT_COST if run.fragment_id else 1.0)
