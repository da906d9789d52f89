"""A page that the browser could not draw is opened again."""

import re

from playwright.sync_api import Browser, WebSocketRoute
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.app import wait_for_maps
from tests.browser.comparing import QUICK, expect_maps


def test_a_page_that_broke_is_opened_again_but_not_for_ever(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, reduced_motion="reduce")  # not a visitor, for whom an error is a failure
    page, sockets = context.new_page(), list[WebSocketRoute]()

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    def break_page() -> None:
        message = ForwardMsg()
        message.metadata.delta_path[:] = [0, 99]
        message.delta.new_element.text.body = "in a place that is not there"
        sockets[-1].send(message.SerializeToString())
        page.locator("[data-testid=stApp]").wait_for(state="detached")

    page.route_web_socket(re.compile("_stcore/stream"), connect)
    page.goto(QUICK)
    wait_for_maps(page)
    break_page()
    expect_maps(page)
    assert len(sockets) == 2, "opened once more"
    break_page()
    page.wait_for_timeout(3000)
    assert not page.locator("[data-testid=stApp]").count(), "a page that breaks again at once would be opened again and again"
    context.close()
