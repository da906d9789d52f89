"""Attacks by what no browser would send: states of other types, numbers beyond all floats, pasted data that are none."""

import itertools
from collections.abc import Callable

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.session import LoadError

HUGE = "1" + "0" * 400
LOOK = f'{{"look": {{"stamp": 1, "photo": {HUGE}, "clip": Infinity}}, "region": {{"stamp": 1, "box": [NaN, 1, 2, {HUGE}]}}}}'
PASTED = '[{"event": "picture", "value": "no base64"}, {"event": "file", "value": {"name": 7, "content": [1]}}]'
NESTED = f'[{{"event": "picture", "value": {"[" * 700}{"]" * 700}}}]'
EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # the ID of what a component with that ID tells once
STATES: tuple[Callable[[str], WidgetState], ...] = (
    lambda id: WidgetState(id=id, int_value=2**62), lambda id: WidgetState(id=id, double_value=float("inf")),
    lambda id: WidgetState(id=id, string_value="no such thing"), lambda id: WidgetState(id=id, json_value="{"),
    lambda id: WidgetState(id=id, json_value=LOOK), lambda id: WidgetState(id=id, json_trigger_value=PASTED),
    lambda id: WidgetState(id=EVENTS.format(id), json_trigger_value=NESTED), lambda id: WidgetState(id=id, bytes_value=b"\xff"),
    lambda id: WidgetState(id=id, bool_value=True),
)  # fmt: skip


def foreign_states(attack: Attack) -> None:
    """One session sends every control states of every type, which may cost it its own settings but not its page."""
    with attack.clients(1) as (client,):
        attack.begun.set()
        for make in itertools.cycle(STATES):
            if not attack.goes_on:
                break
            widgets = [getattr(element, element.WhichOneof("type")) for element in client.elements]
            client.states = {widget.id: make(widget.id) for widget in widgets if getattr(widget, "id", "")}
            client.run()  # a traceback on the page is a LoadError, and ends the attack as failed
        client.states = {}
        client.run()
        if not client.says("Red pixels speak for"):
            raise LoadError("the page of the attacker is broken")


SCENES = (Scene("foreign states", foreign_states),)
