"""Messages that are sent while the browser has not drawn yet what the last run has set."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from pages.parts.frame.state import UNSENT_SECONDS
from tests.browser.comparing import picture
from tests.load.client import Client
from tests.load.client_files import numbers, upload
from tests.load.watched_server import SCRIPTS, watched_server


def send_timer(client: Client) -> None:
    """What the browser sends when the time of a part has come, with the controls as it has them."""
    message = BackMsg()
    message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = next(iter(client.timers)), True
    client.rerun(message)


@contextmanager
def own_picture_on_show(mode: str) -> Iterator[Client]:
    """A visitor who has chosen a sample and then brought mine.png, and whose controls still say the sample."""
    with watched_server(mode) as server, Client(server.url, urlencode({"c": "LRP-ε-z⁺"})) as client:
        client.run()
        client.put("sample", "Temple")
        client.run()
        assert client.timers, "the curves beneath the maps were there at once; this needs a page with a timer"
        assert upload(client, picture(), "mine.png") == 204
        assert client.says("mine.png")
        yield client


@pytest.mark.parametrize("mode", SCRIPTS)
def test_an_upload_stays_though_a_timer_says_that_the_sample_of_before_is_chosen(mode: str) -> None:
    with own_picture_on_show(mode) as client:
        send_timer(client)
        (sample,) = (name for name in client.states if name.endswith("-sample"))
        client.states[sample] = WidgetState(id=sample)
        client.states[sample].string_array_value.data[:] = []  # none, as the browser has drawn it by now
        client.run()
        assert client.says("mine.png")


@pytest.mark.parametrize("mode", SCRIPTS)
def test_an_upload_stays_though_another_control_is_moved_at_once(mode: str) -> None:
    with own_picture_on_show(mode) as client:
        client.put("depth", "34")  # by the same values, in which the sample of before is chosen
        client.run()
        assert client.says("mine.png")
        assert client.says("ResNet-34")
        time.sleep(2 * UNSENT_SECONDS)
        client.put("sample", "Cat")  # and this is a choice
        client.run()
        assert not client.says("mine.png")


def test_what_a_visitor_chooses_is_taken_though_a_timer_follows_that_does_not_know_it_yet() -> None:
    with watched_server("plain") as server, Client(server.url, urlencode({"c": "LRP-ε-z⁺"})) as client:
        client.run()
        client.put("sample", "Cat")
        client.run()
        assert client.timers, "the curves beneath the maps were there at once; this needs a page with a timer"
        message = BackMsg()
        message.rerun_script.query_string = client.query
        old = dict(client.states)
        client.put("sample", "Temple")
        message.rerun_script.widget_states.widgets.extend(client.states.values())
        client.send(message)
        client.states = old
        send_timer(client)
        client.finish()
        assert numbers(client)[0]["picture"] == "Temple"
