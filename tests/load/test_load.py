"""Short runs of the load tests, and what clients meet when they hang up or the server restarts."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

import lrp
from tests.browser.app import free_port, serve, tracebacks
from tests.load import explanations, visitors
from tests.load.client import Client, LoadError

SERVER = "pages/parts/shell/server.py"
LONG = "?c_integrated-gradients_n_steps=512&c_integrated-gradients_tolerance=none&class=parachute"


@pytest.fixture(scope="module")
def crowd() -> Iterator[visitors.Report]:
    with visitors.server() as (url, process):
        with Client(url, LONG) as gone:  # hangs up in the middle of long work, and the others are served
            gone.run()
        yield visitors.crowd(url, process, 3, 0.1)


def test_a_small_crowd_meets_no_error_and_only_its_own_maps(crowd: visitors.Report) -> None:
    assert crowd.errors == []
    assert len(crowd.waits) >= 3
    assert crowd.answers >= 9
    for asked, found in crowd.maps:
        assert visitors.alone(asked) == found


def test_a_map_that_is_not_the_one_computed_alone_would_be_found(crowd: visitors.Report) -> None:
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
        assert len(next_one.numbers()[1]) == 3
    assert not tracebacks((tmp_path / "first.txt").read_text() + (tmp_path / "second.txt").read_text())


def test_memory_is_flat_over_some_explanations() -> None:
    start = psutil.Process().memory_info().rss
    sizes = explanations.memory(24)
    assert len(sizes) == 24
    assert explanations.drift(sizes[8:])[2] < 0.25
    assert max(sizes) - start < 1_000_000_000


def test_drift_is_found() -> None:
    assert explanations.drift([100] * 50 + [150] * 50)[2] == pytest.approx(0.5)
    assert visitors.drift([(float(i), 100 + i) for i in range(100)])[2] > visitors.DRIFT
