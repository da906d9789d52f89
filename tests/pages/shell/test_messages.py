"""Which messages of a browser reach Streamlit, and how large they may be."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.parts.choose.picture_sources import MAX_BASE64
from pages.parts.shell.messages import (
    MAX_LINK,
    MAX_MESSAGE,
    MAX_NAMES,
    MAX_PASTED,
    MAX_STATE_COUNT,
    MAX_STATES,
    NAMES_OF_A_RUN,
    judge_message,
)
from tests.pages.shell.limited_server import Server, rerun, scope


@pytest.mark.parametrize("message", [
    BackMsg(clear_cache=True), BackMsg(set_run_on_save=True), BackMsg(load_git_info=True), BackMsg(debug_shutdown_runtime=True),
    BackMsg(debug_disconnect_websocket=True), BackMsg(),
], ids=lambda message: str(message.WhichOneof("type")))  # fmt: skip
def test_what_no_visitor_may_ask_for_is_dropped_and_the_next_message_is_heard(message: BackMsg) -> None:
    server = Server()
    wanted = BackMsg(stop_script=True).SerializeToString()
    server.talk(scope(), [message.SerializeToString(), wanted])
    assert server.heard == [wanted]


def test_installing_anything_on_the_server_is_dropped() -> None:
    message = BackMsg()
    message.backend_operation_request.install_skills.SetInParent()
    assert judge_message(message.SerializeToString()).drop
    message.backend_operation_request.deferred_file.file_id = "a"
    assert not judge_message(message.SerializeToString()).drop


@pytest.mark.parametrize(("data", "code"), [
    (rerun(), 0), (rerun(MAX_STATES - 1000), 0), (rerun(MAX_STATES), 1009), (rerun(MAX_BASE64, "$$ID-9-paste"), 0),
    (rerun(MAX_PASTED, "$$ID-9-paste"), 1009), (rerun(MAX_MESSAGE, "$$ID-9-paste"), 1009),
    (rerun(link=MAX_LINK), 0), (rerun(link=MAX_LINK + 1), 1009),
    (rerun(5_000_000, "$$ID-9-paste") + rerun(5_000_000, "$$ID-8-paste"), 1009), (b"\xff" * 9, 1003),
])  # fmt: skip
def test_messages_have_the_size_of_what_the_app_sends(data: bytes, code: int) -> None:
    assert judge_message(data).close == code


def test_the_states_of_a_message_are_few_and_of_controls() -> None:
    message = BackMsg()
    for number in range(MAX_STATE_COUNT):
        message.rerun_script.widget_states.widgets.add(id=f"$$ID-{number}", bool_value=True)
    assert judge_message(message.SerializeToString()).run == 1.0
    message.rerun_script.widget_states.widgets.add(id="$$ID-x", bool_value=True)
    assert judge_message(message.SerializeToString()).close == 1009
    for id in ("", "zzz", "paste", "heard address", "$ID-1"):
        assert judge_message(rerun(3, id)).close == 1003
    assert judge_message(rerun(3, "$$STREAMLIT_INTERNAL_KEY_$$ID-1__events")).close == 0


def test_places_for_files_cost_as_much_as_they_take_and_there_are_not_more_than_a_page_needs() -> None:
    message = BackMsg()
    message.file_urls_request.file_names.extend([""] * MAX_NAMES)
    assert judge_message(message.SerializeToString()).run == MAX_NAMES / NAMES_OF_A_RUN
    message.file_urls_request.file_names.append("")
    assert judge_message(message.SerializeToString()).close == 1009


def test_what_is_too_large_or_text_closes_the_socket() -> None:
    for message, code in ((rerun(MAX_STATES), 1009), ("text", 1003)):
        server = Server()
        server.talk(scope(), [message, rerun()])
        assert server.heard == []
        assert server.sent == [{"type": "websocket.close", "code": code}]
