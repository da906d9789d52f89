"""Short plays of every scene of an attack, in both modes, one after another on one server a mode."""

from collections.abc import Iterator

import pytest

import lrp
from pages.parts.work.budgets import MAX_RETAINED
from tests.load.attacked_server import AttackedServer, attacked_server
from tests.load.cost import MOST_BYTES, Cost, row
from tests.load.hostile import play
from tests.load.scenes import SCENES
from tests.load.scenes.attack import QUICK
from tests.load.watched_server import SCRIPTS

SECONDS = 1.0
SLOW_MACHINE = 10.0  # seconds more than in quiet that are let pass where other tests run beside this one


@pytest.fixture(scope="module", params=SCRIPTS)
def server(request: pytest.FixtureRequest) -> Iterator[AttackedServer]:
    with attacked_server(request.param) as server:
        server.prepare({scene.visitor for scene in SCENES.values()}, 1)
        yield server


@pytest.mark.parametrize("scene", SCENES)
def test_an_attack_costs_another_visitor_little(scene: str, server: AttackedServer) -> None:
    cost = play(SCENES[scene], server, SECONDS)
    assert cost.faults == []
    assert cost.waits
    assert cost.extra <= SLOW_MACHINE
    assert cost.rise <= MOST_BYTES, cost
    assert cost.kept <= MAX_RETAINED, cost


def test_the_link_of_attackers_asks_for_maps_that_are_computed_at_once() -> None:
    assert QUICK == {"c": lrp.EpsilonPlus.label}
    assert lrp.EpsilonPlus().quick


def test_what_costs_too_much_is_told() -> None:
    cost = Cost("scene", [0.5], [0.6, 2.4], [], 299_000_000, 12_000_000)
    assert cost.good
    assert row({"plain": cost}) == "| scene | 0.5 / 1.5 / 2.4 | +299, 12 | not played |  |"
    for worse in ({"waits": [2.6]}, {"rise": 301_000_000}, {"faults": ["refused"]}, {"waits": []}):
        bad = Cost(**{**vars(cost), **worse})
        assert not bad.good
        assert row({"plain": cost, "public": bad}).count("**") == 2
    assert row({"public": bad, "plain": Cost("scene", [0.5], [0.5], ["refused"])}).endswith("\nplain: refused")
