"""Short runs of the load tests, and what clients meet when they hang up or the server restarts."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

import lrp
from tests.browser.server import free_port, serve, tracebacks
from tests.load import explanations, visitors
from tests.load.client import Client
from tests.load.client_files import numbers
from tests.load.crowd_report import Report, drift
from tests.load.session import LoadError
from tests.load.watched_server import Sample, watched_server

SERVER = "pages/parts/shell/server.py"
LONG = "?c_integrated-gradients_n_steps=512&c_integrated-gradients_tolerance=none&class=parachute"


@pytest.fixture(scope="module")
def crowd() -> Iterator[Report]:
    with watched_server("public") as server:
        with Client(server.url, LONG) as gone:  # hangs up in the middle of long work, and the others are served
            gone.run()
        yield visitors.crowd(server, 3, 0.1)


def test_a_small_crowd_meets_no_error_and_only_its_own_maps(crowd: Report) -> None:
    assert crowd.errors == []
    assert len(crowd.waits) >= 3
    assert crowd.answers >= 9
    assert all(0 < sample.kept < sample.size for sample in crowd.memory[-10:])
    for asked, found in crowd.maps:
        assert visitors.alone(asked) == found


def test_a_map_that_is_not_the_one_computed_alone_would_be_found(crowd: Report) -> None:
    asked, found = next(iter(sorted(crowd.maps)))
    settings = json.loads(asked)
    other = {**settings, "explained class index": (settings["explained class index"] + 1) % 11}
    assert visitors.alone(json.dumps(other)) != found


def test_a_server_that_restarts_in_the_middle_of_a_run_serves_whoever_comes_again(tmp_path: Path) -> None:
    port = free_port()
    with serve(tmp_path / "first.txt", script=SERVER, port=port) as url, ExitStack() as later:
        client = later.enter_context(Client(url, LONG))
        client.run()
        leave = later.pop_all()
    with leave, pytest.raises(LoadError, match=r"connection broke|no answer"):
        client.finish()
    with serve(tmp_path / "second.txt", script=SERVER, port=port) as again, Client(again) as next_one:
        assert again == url
        next_one.run()
        next_one.put("c", lrp.EpsilonPlus.label)
        next_one.run()
        next_one.finish()
        assert len(numbers(next_one)[1]) == 3
    assert not tracebacks((tmp_path / "first.txt").read_text() + (tmp_path / "second.txt").read_text())


def test_memory_is_flat_over_some_explanations() -> None:
    start = psutil.Process().memory_info().rss
    sizes = explanations.memory(24)
    assert len(sizes) == 24
    assert drift(sizes[8:])[2] < 0.25
    assert max(sizes) - start < 1_000_000_000


def test_growth_is_found_and_the_row_says_it() -> None:
    assert drift([100] * 50 + [150] * 50)[2] == pytest.approx(0.5)
    memory = [Sample(float(i), 10**9 + size, 10**9) for i, size in enumerate([10**8] * 50 + [15 * 10**7] * 50)]
    report = Report([1.0, 3.0, 4.0], {("a", "b")}, 9, memory=memory)
    assert not report.good
    assert "no error; 3 changes, 9 maps seen, 1 different" in report.row(3, 0.5)
    assert "100 MB in the second quarter, 150 MB in the last (+50%), within the budgets at most 1,000 MB" in report.row(3, 0.5)
    report.memory = memory[:50]
    assert report.good
    report.errors.append("broken")
    assert not report.good
