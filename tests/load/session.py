"""A visitor without a browser: Streamlit's own messages over a WebSocket, so that twenty fit on one small machine."""

from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 600.0  # seconds until an answer is taken to be lost


class LoadError(Exception):
    """What a visitor must never meet: a traceback, a run that failed, a connection that broke."""


class Session:
    """One open page: `run` sends the controls as they stand, `elements` is what the page then shows.

    address: the loopback address that it comes from, for Linux takes all of 127.0.0.0/8. cookie: the header of that name.
    id: Streamlit's name of the session. timers: seconds after which the page asks the browser to run each of its parts again.
    pages: Streamlit's name of each page, by its title. page: that of the page on show. parts: the part of the page that each
    control of a part is in, by the controls' IDs.
    """

    def __init__(self, url: str, query: str = "", address: str = "127.0.0.1", cookie: str = "") -> None:
        self.url, self.query, self.address = url, query.removeprefix("?"), address
        self.states: dict[str, WidgetState] = {}
        self.elements: list[Any] = []
        self.id = ""
        self.timers: dict[str, float] = {}
        self.pages: dict[str, str] = {}
        self.page = ""
        self.parts: dict[str, str] = {}
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(
            f"ws://{urlsplit(url).netloc}/_stcore/stream", subprotocols=["streamlit"], max_size=None, open_timeout=60,  # type: ignore[list-item]
            ping_timeout=None, close_timeout=2, source_address=(address, 0),
            additional_headers={"Cookie": cookie} if cookie else {},
        ))  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._open.close()

    def run(self) -> None:
        """The page once more, until its script has ended."""
        self.rerun(BackMsg())

    def rerun(self, message: BackMsg) -> None:
        """The same with what else a message says, such as which button was pressed."""
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = message.rerun_script.page_script_hash or self.page
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        self.send(message)
        self.take_answer()

    def open(self, title: str) -> None:
        """Goes to the page of this title, as by its link."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_script_hash = self.query, self.pages[title]
        self.states = {}
        self.send(message)
        self.take_answer()

    def take_answer(self) -> None:
        """Takes what the server sends until the script has ended. Raises LoadError where the page then shows a traceback."""
        while True:
            found = self.receive()
            kind = found.WhichOneof("type")
            if kind == "new_session":
                self.id = found.new_session.initialize.session_id
                if not found.metadata.run.fragment_ids:
                    self.elements, self.timers, self.parts = [], {}, {}
            elif kind == "navigation":
                self.pages = {each.page_name: each.page_script_hash for each in found.navigation.app_pages}
                self.page = found.navigation.page_script_hash
            elif kind == "auto_rerun":
                self.timers[found.auto_rerun.fragment_id] = found.auto_rerun.interval
            elif kind == "delta" and found.delta.WhichOneof("type") == "new_element":
                element = found.delta.new_element
                self.elements.append(element)
                if found.delta.fragment_id and (name := getattr(getattr(element, str(element.WhichOneof("type"))), "id", "")):
                    self.parts[name] = found.delta.fragment_id
            elif kind == "script_finished":
                if found.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise LoadError("the script does not compile")
                if found.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
        if traceback := self.all("exception"):
            raise LoadError(f"the page shows a traceback: {traceback[0].type} {traceback[0].message}")

    def all(self, kind: str) -> list[Any]:
        """The elements of this kind, such as "button"."""
        return [getattr(element, kind) for element in self.elements if element.WhichOneof("type") == kind]

    @property
    def warnings(self) -> list[str]:
        """What the page says in boxes of its own, such as why a picture was not taken."""
        return [alert.body for alert in self.all("alert")]

    def says(self, text: str) -> bool:
        """Whether the text of the page holds these words."""
        return any(text in markdown.body for markdown in self.all("markdown"))

    def send(self, message: BackMsg) -> None:
        try:
            self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LoadError(f"the connection broke: {error}") from None

    def receive(self) -> ForwardMsg:
        try:
            data = self._socket.recv(PATIENCE)
        except (TimeoutError, ConnectionClosed) as error:
            raise LoadError(f"no answer: {error!r}") from None
        assert isinstance(data, bytes)
        message = ForwardMsg()
        message.ParseFromString(data)
        return message
