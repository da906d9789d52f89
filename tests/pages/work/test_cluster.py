"""Long maps that are sent to a Ray cluster: which, with which bits, and what becomes of them where it is not there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

import lrp
from lrp.jobs.batch import Explanation
from lrp.jobs.ray_driver import explain_map_by_driver
from lrp.jobs.ray_map import MapPlan, steps_of
from lrp.methods.method import Method
from pages.parts.choose.own_network import OwnChoice
from pages.parts.choose.samples import sample
from pages.parts.work import cluster
from pages.parts.work.job import Cancelled
from pages.parts.work.network_key import mark_private
from pages.parts.work.question import Question, Result
from tests.browser.server import free_port
from tests.small import small_folder  # noqa: F401

pytestmark = [pytest.mark.usefixtures("small"), pytest.mark.timeout(280)]

METHOD = lrp.IntegratedGradients(n_steps=24, tolerance=None)


@pytest.fixture
def network(small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> lrp.Backbone:  # noqa: F811
    """A network of the operator's, on a server that sends every map which is not quick to a cluster of this machine."""
    monkeypatch.setenv("LRP_NETWORKS", str(small_folder))
    monkeypatch.setenv("LRP_RAY_ADDRESS", "auto")
    monkeypatch.setenv("RAY_ADDRESS", "local")  # or it would be the cluster of another test, and end with that
    monkeypatch.setattr(cluster, "LONG", 0.0)
    return OwnChoice("resnet18.safetensors", small_folder / "resnet18.safetensors").load()


def question_of(network: lrp.Backbone) -> Question:
    return Question(sample("Cat"), network, lrp.Logit(1), METHOD)


def plan_of(network: lrp.Backbone, method: Method = METHOD) -> MapPlan:
    return MapPlan.of(network, cluster.source_of(network), network.preprocess(sample("Cat").image), lrp.Logit(1), method)


def test_a_map_comes_back_as_it_would_be_computed_here(network: lrp.Backbone, caplog: pytest.LogCaptureFixture) -> None:
    question, shares = question_of(network), list[float]()
    assert question.elsewhere
    found = question.prepare()(shares.append)
    assert isinstance(found, Result)
    assert not [record for record in caplog.records if record.name == "pages"]  # that it was computed here instead
    assert shares
    assert shares == sorted(shares)
    here = lrp.explain(network, network.preprocess(question.picture.image), 1, METHOD)
    np.testing.assert_array_equal(found.relevance, here.relevance[0])
    assert (found.total, found.explained, found.n_steps) == (float(here.total), float(here.explained), 24)


def test_without_its_cluster_it_is_computed_here_and_the_operator_is_told(
    network: lrp.Backbone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("LRP_RAY_ADDRESS", address)
    found = question_of(network).prepare()(None)
    assert isinstance(found, Result)
    assert found.n_steps == 24
    assert f"computed here: There is no Ray cluster at {address} (" in caplog.text


def test_only_long_maps_of_networks_that_all_machines_have_are_sent(
    network: lrp.Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert not question_of(network).elsewhere
    monkeypatch.setenv("LRP_RAY_ADDRESS", "auto")
    assert not cluster.sends_map(network, cluster.LONG - 1)
    assert cluster.sends_map(network, cluster.LONG)
    mark_private(network)
    assert not cluster.sends_map(network, cluster.LONG)


def test_a_map_that_is_cancelled_takes_its_process_along(network: lrp.Backbone) -> None:
    def stop(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        explain_map_by_driver(plan_of(network), f"127.0.0.1:{free_port()}", stop)
    assert not [child for child in psutil.Process().children() if "lrp.jobs.ray_driver" in child.cmdline()]


def test_a_worker_says_what_it_cannot_do(network: lrp.Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(network)
    monkeypatch.chdir(plan.network.folder)  # where a worker goes
    (*shares, found) = steps_of(plan, 1)
    assert isinstance(found, Explanation)
    assert all(isinstance(share, float) for share in shares)
    assert list(steps_of(replace(plan, sha256="another"), 1)) == [
        "A worker has another network than this server; give all machines the same weights there."
    ]
    gone = replace(plan.network, folder=Path("/nowhere"))
    assert list(steps_of(replace(plan, network=gone), 1)) == ["/nowhere: no such file or directory."]
