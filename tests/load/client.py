"""A visitor without a browser: Streamlit's own messages over a WebSocket, so that twenty fit on one small machine."""

import json
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from http.client import HTTPConnection
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
    """One session. `run` sends the controls as they stand; `finish` waits until every map is there.

    address: the loopback address that it comes from, for Linux takes all of 127.0.0.0/8. cookie: the header of that name.
    """

    def __init__(self, url: str, query: str = "", address: str = "127.0.0.1", cookie: str = "") -> None:
        self.url, self.query, self.address = url, query.removeprefix("?"), address
        self.states: dict[str, WidgetState] = {}
        self.elements: list[Any] = []
        self.session = ""
        self._timer: Any = None
        self.clicked_again = 0
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(
            f"ws://{urlsplit(url).netloc}/_stcore/stream", subprotocols=["streamlit"], max_size=None, open_timeout=60,  # type: ignore[list-item]
            ping_timeout=None, source_address=(address, 0), additional_headers={"Cookie": cookie} if cookie else {},
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

    def fetch(self, link: str) -> None:
        """Types a link and presses the button beside it; returns when the page has been drawn with what came."""
        widgets = [getattr(element, element.WhichOneof("type")) for element in self.elements]
        ids = [widget.id for widget in widgets if hasattr(widget, "id")]
        (box,), (button,) = ([id for id in ids if id.endswith(end)] for end in ("-link", "-Fetch picture"))
        self.states[box] = WidgetState(id=box, string_value=link)
        self.states[button] = WidgetState(id=button, trigger_value=True)
        try:
            self.run()
        finally:
            del self.states[button]

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
        self.send(message)
        while True:
            found = self._receive()
            kind = found.WhichOneof("type")
            if kind == "new_session":
                self.session = found.new_session.initialize.session_id
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

    def finish(self, patience: float = PATIENCE) -> int:
        """Waits as a browser does, by the page's own timer, until every map is there; returns how often the queue was full."""
        refused, end = 0, time.monotonic() + patience
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
        request.session_id = self.session
        request.request_id = request.deferred_file.file_id = button.deferred_file_id
        self.send(message)
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

    def press(self, label: str) -> None:
        """Presses every button with this label, and runs the page."""
        message = BackMsg()
        for button in self._all("button"):
            if button.label == label:
                message.rerun_script.widget_states.widgets.add(id=button.id, trigger_value=True)
        self._rerun(message)

    def upload(self, data: bytes, name: str) -> int:
        """Brings a file as the browser does, and runs the page with it; returns the status of the upload, 204 if it was taken."""
        status = self.put_file(data, "the-file", name)
        if status == 204:
            (widget,) = self._all("file_uploader")
            state = WidgetState(id=widget.id)
            state.file_uploader_state_value.uploaded_file_info.add(file_id="the-file", name=name, size=len(data))
            message = BackMsg()
            message.rerun_script.widget_states.widgets.append(state)
            self._rerun(message)
        return status

    def put_file(self, data: bytes, file: str, name: str = "picture.png") -> int:
        """Sends a file of this session to the server, and asks for nothing; returns the status, 0 for a hang-up."""
        boundary = "0b5c1d"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode() + data + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE, source_address=(self.address, 0))
        try:
            connection.request("GET", "/_stcore/health")
            answer = connection.getresponse()
            answer.read()
            token = (answer.getheader("Set-Cookie") or "").partition("=")[2].partition(";")[0]
            connection.request("PUT", f"/_stcore/upload_file/{self.session}/{file}", body, {
                "Content-Type": f"multipart/form-data; boundary={boundary}", "X-Xsrftoken": token,
                "Cookie": f"_streamlit_xsrf={token}",
            })  # fmt: skip
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def _all(self, kind: str) -> list[Any]:
        return [getattr(element, kind) for element in self.elements if element.WhichOneof("type") == kind]

    def send(self, message: BackMsg) -> None:
        try:
            self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LoadError(f"the connection broke: {error}") from None

    @property
    def warnings(self) -> list[str]:
        """What the page says in boxes of its own, such as why a picture was not taken."""
        return [alert.body for alert in self._all("alert")]

    def says(self, text: str) -> bool:
        """Whether the text of the page holds these words."""
        return any(text in markdown.body for markdown in self._all("markdown"))

    @property
    def download(self) -> str:
        """Streamlit's name of the first file that is made on a click."""
        return str(self._all("download_button")[0].deferred_file_id)

    def _receive(self) -> ForwardMsg:
        try:
            data = self._socket.recv(PATIENCE)
        except (TimeoutError, ConnectionClosed) as error:
            raise LoadError(f"no answer: {error!r}") from None
        assert isinstance(data, bytes)
        message = ForwardMsg()
        message.ParseFromString(data)
        return message
