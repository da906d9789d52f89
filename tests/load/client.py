"""A visitor without a browser: Streamlit's own messages over a WebSocket, so that twenty fit on one small machine."""

import json
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from io import BytesIO
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 600.0  # seconds until an answer is taken to be lost


class LoadError(Exception):
    """What a visitor must never meet: a traceback, a run that failed, a connection that broke."""


class Client:
    """One session. `run` sends the controls as they stand; `finish` waits until every map is there."""

    def __init__(self, url: str, query: str = "") -> None:
        self.url, self.query = url, query
        self.states: dict[str, WidgetState] = {}
        self.elements: list[Any] = []
        self._session = ""
        self._timer: Any = None
        self.clicked_again = 0
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(
            f"ws://{urlsplit(url).netloc}/_stcore/stream", subprotocols=["streamlit"], max_size=None, open_timeout=60,  # type: ignore[list-item]
            ping_timeout=None,
        ))  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def put(self, key: str, value: str) -> None:
        """Sets a control, by its key, to an option as it is written on the page."""
        for element in self.elements:
            kind = element.WhichOneof("type")
            widget = getattr(element, kind)
            if kind in ("selectbox", "button_group", "slider") and widget.id.endswith(f"-{key}"):
                state = WidgetState(id=widget.id)
                if kind == "selectbox":
                    state.string_value = value
                else:
                    state.string_array_value.data[:] = [value]
                self.states[widget.id] = state
                return
        raise LoadError(f"no control {key} on the page")

    def options(self, key: str) -> list[str]:
        """What can be chosen there."""
        for element in self.elements:
            widget = getattr(element, element.WhichOneof("type"))
            if getattr(widget, "id", "").endswith(f"-{key}"):
                return [getattr(option, "content", option) for option in widget.options]
        raise LoadError(f"no control {key} on the page")

    def run(self) -> None:
        """The page once more, until its script has ended."""
        self._rerun(BackMsg())

    def _rerun(self, message: BackMsg) -> None:
        message.rerun_script.query_string = self.query
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        self._send(message)
        while True:
            found = self._receive()
            kind = found.WhichOneof("type")
            if kind == "new_session":
                self._session = found.new_session.initialize.session_id
                if not found.metadata.run.fragment_ids:
                    self.elements, self._timer = [], None
            elif kind == "auto_rerun":
                self._timer = found.auto_rerun
            elif kind == "delta" and found.delta.WhichOneof("type") == "new_element":
                self.elements.append(found.delta.new_element)
            elif kind == "script_finished":
                if found.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise LoadError("the script does not compile")
                if found.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
        if traceback := self._all("exception"):
            raise LoadError(f"the page shows a traceback: {traceback[0].type} {traceback[0].message}")

    def finish(self) -> int:
        """Waits as a browser does, by the page's own timer, until every map is there; returns how often the queue was full."""
        refused, end = 0, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            busy = [alert for alert in self._all("alert") if "try again" in alert.body]
            if self._timer and self._all("progress"):
                time.sleep(self._timer.interval)
                message = BackMsg()
                message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = self._timer.fragment_id, True
                self._rerun(message)
            elif busy or self._all("progress"):
                refused += bool(busy)
                time.sleep(3.0)
                self.run()
            else:
                return refused
        raise LoadError("the maps never came")

    def numbers(self) -> tuple[dict[str, Any], list[Any]]:
        """The settings and the relevance of each map, (3, H, W), as the button for the numbers hands them out."""
        (button,) = (button for button in self._all("download_button") if "NPZ" in button.label)
        message = BackMsg()
        request = message.backend_operation_request
        request.session_id = self._session
        request.request_id = request.deferred_file.file_id = button.deferred_file_id
        self._send(message)
        while (found := self._receive()).WhichOneof("type") != "backend_operation_response":
            pass
        if found.backend_operation_response.error_msg:
            raise LoadError(found.backend_operation_response.error_msg)
        try:
            with urllib.request.urlopen(self.url + found.backend_operation_response.deferred_file.url, timeout=60) as answer:
                data = answer.read()
        except urllib.error.HTTPError as error:
            # Streamlit keeps a file made on a click only until two scripts of whatever visitors have ended: click again.
            with error:
                if error.code != 404 or self.clicked_again > 100:
                    raise LoadError(f"the download answers with {error.code}") from None
            self.clicked_again += 1
            return self.numbers()
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            names = [name for name in arrays.files if name.startswith("relevance")]
            return json.loads(str(arrays["settings"])), [arrays[name] for name in names]

    def _all(self, kind: str) -> list[Any]:
        return [getattr(element, kind) for element in self.elements if element.WhichOneof("type") == kind]

    def _send(self, message: BackMsg) -> None:
        try:
            self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LoadError(f"the connection broke: {error}") from None

    def _receive(self) -> ForwardMsg:
        try:
            data = self._socket.recv(PATIENCE)
        except (TimeoutError, ConnectionClosed) as error:
            raise LoadError(f"no answer: {error!r}") from None
        assert isinstance(data, bytes)
        message = ForwardMsg()
        message.ParseFromString(data)
        return message
