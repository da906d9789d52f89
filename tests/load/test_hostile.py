"""Short plays of every scene of an attack, in both modes."""

import pytest

from tests.load.hostile import MOST_BYTES, SCRIPTS, Cost, play
from tests.load.scenes import SCENES

SECONDS = 2.0
SLOW_MACHINE = 10.0  # seconds more than in quiet that are let pass where other tests run beside this one


@pytest.mark.parametrize("mode", SCRIPTS)
@pytest.mark.parametrize("scene", SCENES)
def test_an_attack_costs_another_visitor_little(scene: str, mode: str) -> None:
    cost = play(SCENES[scene], mode, SECONDS)
    assert cost.faults == []
    assert cost.waits
    assert cost.extra <= SLOW_MACHINE
    assert cost.rise <= MOST_BYTES, cost


def test_what_costs_too_much_is_told() -> None:
    cost = Cost("scene", "plain", [0.5], [0.6, 2.4], [], 299_000_000)
    assert cost.good
    assert "longest   2.4 s of 2 | memory   +299 MB | ok" in str(cost)
    for worse in ({"waits": [2.6]}, {"rise": 301_000_000}, {"faults": ["refused"]}, {"waits": []}):
        assert not Cost(**{**vars(cost), **worse}).good
