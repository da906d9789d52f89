"""The guide's work_out example against numbers work_out out on paper."""

import pytest

from pages.parts.guide.example import work_out

HIDDEN, OUTPUT = [[1.0, 1.0], [2.0, -0.5]], [1.0, -1.0]


def test_the_example_is_right_on_paper():
    # h = (1 + 2, 2 - 1) = (3, 1); f = 3 - 1 = 2; R_h = (3, -1); R_1 = 3 * 1/3 - 1 * 2/1, R_2 = 3 * 2/3 - 1 * -1/1
    found = work_out([1.0, 2.0], HIDDEN, OUTPUT, 0.0)
    assert found.a.tolist() == pytest.approx([3, 1])
    assert found.f == pytest.approx(2)
    assert found.lrp.tolist() == pytest.approx([-1, 3])
    # both units are active on the whole way from 0, so the gradient is constant: (1 - 2, 1 + 0.5) times the input
    assert found.ig.tolist() == pytest.approx([-1, 3])


def test_epsilon_absorbs_a_share_in_each_layer():
    found = work_out([1.0, 2.0], HIDDEN, OUTPUT, 0.5)
    # f / (f + eps) of the output's relevance comes down to the hidden units, and z / (z + eps) of theirs to the inputs
    top = 2 / 2.5
    assert found.lrp.tolist() == pytest.approx([top * (3 * 1 / 3.5 - 1 * 2 / 1.5), top * (3 * 2 / 3.5 + 1 * 1 / 1.5)])
    assert found.ig.tolist() == pytest.approx([-1, 3])


def test_a_silent_unit_hands_nothing_down():
    found = work_out([1.0, 2.0], [[1.0, 1.0], [-1.0, -1.0]], OUTPUT, 0.0)
    assert found.a.tolist() == [3, 0]
    assert found.lrp.tolist() == pytest.approx([1, 2])
