"""Short plays of every scene of an attack, in both modes, one after another on one server a mode."""

from collections.abc import Iterator

import pytest

import lrp
from pages.parts.choose.picture_sources import MAX_BASE64
from pages.parts.shell.messages import PASTE_ID
from pages.parts.work.budgets import MAX_RETAINED
from tests.load.attacked_server import AttackedServer, attacked_server
from tests.load.cost import MOST_BYTES, Cost, row
from tests.load.hostile import play
from tests.load.scenes import SCENES
from tests.load.scenes.attack import QUICK
from tests.load.scenes.sockets import PASTE, PASTED
from tests.load.watched_server import SCRIPTS

pytestmark = pytest.mark.alone

# Scenes of messages that fill memory, which a server of their own sees: test_hostile_messages.py.
LARGE = ("pasted states", "unfinished messages", "messages in parts", "pings and empty parts")
SECONDS = 1.0
SLOW_MACHINE = 10.0  # seconds more than in quiet that are let pass on a machine that does other work meanwhile


@pytest.fixture(scope="module", params=SCRIPTS)
def server(request: pytest.FixtureRequest) -> Iterator[AttackedServer]:
    with attacked_server(request.param) as server:
        server.prepare({scene.visitor for scene in SCENES.values()}, 2)
        yield server


@pytest.mark.parametrize("scene", [name for name in SCENES if name not in LARGE])
def test_an_attack_costs_another_visitor_little(scene: str, server: AttackedServer) -> None:
    expect_little(scene, server)


def expect_little(scene: str, server: AttackedServer) -> None:
    """Plays the scene; fails where it costs another visitor or the server more than it may."""
    cost = play(SCENES[scene], server, SECONDS)
    assert cost.faults == []
    assert cost.waits
    assert cost.extra <= SLOW_MACHINE
    assert cost.rise <= MOST_BYTES, cost
    assert cost.kept <= MAX_RETAINED, cost


def test_attackers_know_the_app() -> None:
    assert {"c": lrp.EpsilonPlus.label} == QUICK
    assert lrp.EpsilonPlus().quick
    assert (PASTE, PASTED) == (PASTE_ID, MAX_BASE64)  # what else an attacker knows without the library


def test_what_costs_too_much_is_told() -> None:
    cost = Cost("scene", [0.5], [0.6, 2.4], [], 299_000_000, 12_000_000)
    assert cost.good
    assert row({"plain": cost}) == "| scene | 0.5 / 1.5 / 2.4 | +299, 12 | not played |  |"
    for worse in ({"waits": [2.6]}, {"rise": 301_000_000}, {"faults": ["refused"]}, {"waits": []}):
        bad = Cost(**{**vars(cost), **worse})
        assert not bad.good
        assert row({"plain": cost, "public": bad}).count("**") == 2
    assert row({"public": bad, "plain": Cost("scene", [0.5], [0.5], ["refused"])}).endswith("\nplain: refused")
