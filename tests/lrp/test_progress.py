"""Parts of work that report their progress as shares of the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrp.progress import bytes_progress, equal_parts, part_of

SHARE = st.floats(0, 1)


def test_a_part_reports_between_its_own_ends():
    seen: list[float] = []
    part = part_of(seen.append, 0.2, 0.6)
    for share in (0.0, 0.5, 1.0):
        part(share)
    assert seen == [0.2, pytest.approx(0.4), pytest.approx(0.6)]


@given(count=st.integers(1, 40), shares=st.lists(SHARE, min_size=2))
def test_equal_parts_rise_from_exactly_0_to_exactly_1(count: int, shares: list[float]) -> None:
    seen: list[float] = []
    for part in equal_parts(seen.append, count):
        for share in (0.0, *sorted(shares), 1.0):
            part(share)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert seen == sorted(seen)


def test_parts_can_be_parted_again():
    seen: list[float] = []
    second = equal_parts(seen.append, 2)[1]
    equal_parts(second, 4)[0](1.0)
    assert seen == [pytest.approx(0.625)]


def test_work_that_nobody_watches_has_parts_that_nobody_watches():
    assert part_of(None, 0.0, 0.5) is None
    assert equal_parts(None, 3) == [None, None, None]


def test_what_a_part_raises_comes_from_the_callback():
    def cancel(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError, match=r"0\.25"):
        equal_parts(cancel, 2)[0](0.5)


def test_bytes_are_reported_as_the_share_done() -> None:
    seen: list[float] = []
    report = bytes_progress(seen.append)
    assert report is not None
    for done, total in ((0, 0), (1, 4), (4, 4), (5, 4)):
        report(done, total)
    assert seen == [0.0, 0.25, 1.0, 1.0]
    assert bytes_progress(None) is None
