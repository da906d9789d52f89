"""The server's own device: what LRP_DEVICE may say, and what pages compute there, which is what they compute here."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch

import lrp
from lrp.metrics import Perturbation, Sensitivity
from lrp.region import Region
from pages.parts.choose.samples import sample
from pages.parts.compare.region import LAST_BLURRING, blurring
from pages.parts.depths.study import DepthResult, Study
from pages.parts.faithfulness.grid import grid_task, mosaic_task
from pages.parts.faithfulness.measurements import curves_task, stability_task
from pages.parts.faithfulness.sanity import sanity_task
from pages.parts.layers.flow import flow_task
from pages.parts.sweep.sweep import sweep_task
from pages.parts.sweep.swept import EPSILON
from pages.parts.work import cache, compute
from pages.parts.work.cache import TOTAL_BUDGET, bytes_of
from pages.parts.work.device import device_problem, server_device
from pages.parts.work.question import Question, Result
from tests.fake_device import MACHINES, machine
from tests.visitor import Visitor

CAT, METHOD, QUICK = "Cat", lrp.EpsilonPlusFlat(), Perturbation(patch=8, steps=4)


@pytest.fixture(autouse=True)
def undecided() -> Iterator[None]:
    """The server has not yet asked which device it is to use."""
    server_device.cache_clear()
    yield
    server_device.cache_clear()


@pytest.fixture(params=MACHINES)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """The device of a server that is told to take what there is."""
    monkeypatch.setenv("LRP_DEVICE", "auto")
    with machine(request.param) as found:
        yield found
    forget_what_is_kept()


def results(question: Question) -> dict[str, Any]:
    """What the pages compute for a question, by name."""
    result: Any = question.prepare()(None)
    assert isinstance(result, Result)
    target = question.objective.target  # type: ignore[attr-defined]
    found: dict[str, Any] = {"map": result.map, "total": result.total, "explained": result.explained}
    flow: Any = flow_task(question).work(None)
    found |= {"pixels": flow.pixels, "bias": flow.bias, "places": [row.places for row in flow.rows if row.places is not None][-1]}
    curves: Any = curves_task(question, result, target, QUICK).work(None)
    found |= {"deletion": curves.deletion, "kept": curves.kept}
    stable: Any = stability_task(question, target).work(None)
    assert isinstance(stable, Sensitivity)
    found["stability"] = stable.average
    sanity: Any = sanity_task(question, result, target).work(None)
    found["sanity"] = [part.spearman_absolute for part in (*sanity.stages, sanity.other)]
    uniform = Question(question.picture, question.backbone, question.objective, lrp.UniformEpsilon())
    sweep: Any = sweep_task(uniform, EPSILON).work(None)
    found |= {"sweep": sweep.maps, "totals": sweep.totals}
    found["blurred"] = blurring(question, Region(4, 4, 20, 20))[1:]
    found["logits"] = compute.logits(question.picture, question.backbone).numpy()
    return found


@pytest.mark.filterwarnings("ignore:at..frobenius_norm is deprecated")
def test_what_pages_compute_there_is_what_they_compute_here(small: None, place: torch.device) -> None:
    here, there = lrp.load_backbone(18), lrp.load_backbone(18, device=server_device())
    assert there.device == place
    assert bytes_of(lrp.trace(there, there.preprocess(sample(CAT).image)).x) == bytes_of(
        lrp.trace(here, here.preprocess(sample(CAT).image)).x
    )
    expected = results(Question(sample(CAT), here, lrp.Logit(1), METHOD))
    forget_what_is_kept()
    found = results(Question(sample(CAT), there, lrp.Logit(1), METHOD))
    for name, values in expected.items():
        far = np.abs(np.asarray(found[name]) - np.asarray(values)).max()
        assert far <= 2e-3 * max(1.0, np.abs(np.asarray(values)).max()), name


def test_the_mosaic_and_the_depths_too(small: None, place: torch.device) -> None:
    network = lrp.load_backbone(18, device=server_device())
    question = Question(sample(CAT), network, lrp.Logit(1), METHOD)
    made_by = mosaic_task(sample(CAT), network, [])
    made: Any = made_by.work(None)
    assert made.classes
    result: Any = question.prepare()(None)
    four = torch.cat([torch.cat([network.preprocess(sample(CAT).image)] * 2, -1)] * 2, -2)
    share: Any = grid_task(question, result, 1, four, made_by).work(None)
    assert 0 <= share.share <= 1
    found: Any = Study(sample(CAT), "demo", (18, 34), "bee", METHOD).task({}).work(None)
    assert [each for each in found.values() if not isinstance(each, DepthResult)] == []


def test_the_networks_of_the_pages_are_loaded_there(
    small: None, place: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, asked = lrp.load_backbone, []

    def load(depth: int, weights: str, progress: Any, architecture: str, device: torch.device) -> lrp.Backbone:
        asked.append(device)
        return whole(depth, weights, progress, architecture)  # the fake accelerator is that of the test's own thread alone

    monkeypatch.setattr(lrp, "load_backbone", load)
    compute.backbone("resnet", 34, "demo")
    assert asked == [place]


def forget_what_is_kept() -> None:
    """Results are kept by picture and weights, of which both networks have the same."""
    with mock.patch.object(cache, "LARGE_BYTES", 0):
        TOTAL_BUDGET.evict_large()
    LAST_BLURRING.pop()


@pytest.mark.parametrize(("said", "found"), [(None, "cpu"), ("", "cpu"), ("cpu", "cpu"), ("auto", "cpu")])
def test_the_processor_is_used_where_nothing_else_is_said_or_there(
    said: str | None, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if torch.accelerator.is_available() and said == "auto":
        pytest.skip("this machine has an accelerator")
    if said is None:
        monkeypatch.delenv("LRP_DEVICE", raising=False)
    else:
        monkeypatch.setenv("LRP_DEVICE", said)
    assert server_device() == torch.device(found)
    assert device_problem() == ""


@pytest.mark.parametrize("said", ["gpu", "cuda:99"])
def test_a_device_that_is_not_there_is_one_sentence_on_the_page(
    small: None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_DEVICE", said)
    visitor = Visitor()
    assert not visitor.at.exception
    (error,) = visitor.at.error
    assert error.value == device_problem()
    assert error.value.startswith("LRP_DEVICE, where this server is to compute, cannot be: device must be one ")
    assert f"got '{said}'" in error.value
    assert not visitor.at.main.columns
