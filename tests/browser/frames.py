"""What a page and its server said to each other last, for a test that fails because the page broke."""

import time
from collections import deque

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

KEPT = 200  # messages, the last ones


class Frames:
    """The last messages of the page's connections; `told` writes a line for each."""

    def __init__(self, page: Page) -> None:
        self._frames: deque[tuple[float, str, bytes]] = deque(maxlen=KEPT)
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        self._note("opened", b"")
        socket.on("framesent", lambda data: self._note("sent", data))
        socket.on("framereceived", lambda data: self._note("received", data))
        socket.on("close", lambda _: self._note("closed", b""))

    def _note(self, what: str, data: bytes | str) -> None:
        self._frames.append((time.time(), what, data if isinstance(data, bytes) else data.encode()))

    def told(self) -> str:
        """When each came, and what run, page, part and place of the page it is about."""
        return "\n".join(f"{at % 1000:7.3f} {what} {_in_words(what, data)}" for at, what, data in self._frames)


def _in_words(what: str, data: bytes) -> str:
    if what == "sent":
        asked = BackMsg.FromString(data)
        run = asked.rerun_script
        states = len(run.widget_states.widgets)
        return f"{asked.WhichOneof('type')} page {run.page_script_hash[:6]} part {run.fragment_id[:4]} with {states} states"
    if what == "received":
        found = ForwardMsg.FromString(data)
        kind, run_of = found.WhichOneof("type"), found.metadata.run
        about = {
            "new_session": f"page {found.new_session.page_script_hash[:6]}",
            "navigation": f"page {found.navigation.page_script_hash[:6]}",
            "script_finished": str(found.script_finished),
            "delta": f"{list(found.metadata.delta_path)} part {found.delta.fragment_id[:4]}",
        }.get(str(kind), "")
        return f"{kind} {about} run {run_of.script_run_id[:6]} {[each[:4] for each in run_of.fragment_ids]}"
    return ""
