"""What the first visitor of a server is shown first."""

import pytest

from tests.load.client import Client
from tests.load.watched_server import SCRIPTS, watched_server


@pytest.mark.parametrize("mode", SCRIPTS)
def test_the_first_visitor_is_told_of_the_pages_once_by_the_app(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    receive = Client.receive

    def note(client: Client) -> object:
        message = receive(client)
        if message.WhichOneof("type") == "navigation":
            told.append([page.page_name for page in message.navigation.app_pages])
        return message

    monkeypatch.setattr(Client, "receive", note)
    with watched_server(mode) as server, Client(server.url, "c=LRP-ε-z⁺") as client:
        client.run()
    assert len(told) == 1
    assert "How to read a heatmap" in told[0]
