"""A visitor who uses the controls of a page, and waits for its maps."""

import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.session import PATIENCE, LoadError, Session


class Client(Session):
    """`put` and `press` use a control, `finish` waits until every map is there."""

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

    def press(self, label: str) -> None:
        """Presses every button with this label, and runs the page."""
        message = BackMsg()
        for button in self.all("button"):
            if button.label == label:
                message.rerun_script.widget_states.widgets.add(id=button.id, trigger_value=True)
        self.rerun(message)

    def finish(self, patience: float = PATIENCE) -> int:
        """Waits as a browser does, by the page's own timers, until every map is there; returns how often the queue was full."""
        refused, end = 0, time.monotonic() + patience
        last: dict[str, float] = {}  # when each part was run, or first seen
        while time.monotonic() < end:
            busy = [alert for alert in self.all("alert") if "try again" in alert.body]
            if self.timers and self.all("progress"):
                now = time.monotonic()
                last = {part: last.get(part, now) for part in self.timers}
                part = min(last, key=lambda part: last[part] + self.timers[part])
                time.sleep(max(0.0, last[part] + self.timers[part] - now))
                last[part] = time.monotonic()
                message = BackMsg()
                message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = part, True
                self.rerun(message)
            elif busy or self.all("progress"):
                refused += bool(busy)
                time.sleep(3.0)
                self.run()
            else:
                return refused
        raise LoadError("the maps never came")
