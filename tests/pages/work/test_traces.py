"""Forward passes while work waits for its turn: few of them live, and an answer is the same whether its pass was kept or not."""

import gc
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

import lrp
from lrp.attribution import sum_channels
from pages.parts.frame.album import Picture
from pages.parts.layers.flow import flow_task
from pages.parts.sweep.sweep import sweep_task
from pages.parts.sweep.swept import EPSILON
from pages.parts.work import compute
from pages.parts.work import traces as passes
from pages.parts.work.cache import TOTAL_BUDGET
from pages.parts.work.job import Job
from pages.parts.work.places import MAX_JOBS_EACH
from pages.parts.work.question import Question
from tests.small import small, small_folder  # noqa: F401
from tests.work_queue import SECONDS, finish_queue, held_queue

pytestmark = pytest.mark.usefixtures("no_rest")

SLOW = lrp.IntegratedGradients(n_steps=2, tolerance=None)


@pytest.fixture
def network(small: None) -> lrp.Backbone:  # noqa: F811
    for kept in (passes.TRACES, compute.RESULTS, compute.JOBS):
        kept.pop()
    return compute.backbone("resnet", 18, "demo")


@pytest.fixture
def queue(network: lrp.Backbone) -> Iterator[threading.Event]:
    with held_queue() as go:
        yield go


def question(network: lrp.Backbone, number: int, method: object = SLOW) -> Question:
    pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
    return Question(Picture(f"picture {number}", Image.fromarray(pixels), "noise", False), network, lrp.Logit(1), method)


def alive() -> int:
    """How many forward passes are held by anything."""
    gc.collect()
    return sum(type(found) is lrp.Trace for found in gc.get_objects())


def test_a_full_queue_holds_no_forward_pass_beyond_those_that_the_visit_keeps(
    network: lrp.Backbone, queue: threading.Event
) -> None:
    before = alive()
    jobs = [compute.answer(question(network, number)) for number in range(MAX_JOBS_EACH - 1)]
    assert all(isinstance(job, Job) for job in jobs)
    assert alive() - before <= passes.MAX_TRACES
    queue.set()
    finish_queue()
    for number in (0, MAX_JOBS_EACH - 2):  # whose pass was let go meanwhile, and whose was kept
        asked = question(network, number)
        alone = lrp.explain(network, network.preprocess(asked.picture.image), asked.objective, SLOW)
        np.testing.assert_array_equal(compute.answer(asked).map, sum_channels(alone.relevance))


def test_neither_do_the_tasks_of_the_other_pages(network: lrp.Backbone, queue: threading.Event) -> None:
    before = alive()
    asked = [question(network, number, lrp.UniformEpsilon()) for number in range(12)]
    tasks = [make(one) for one in asked for make in (partial(sweep_task, swept=EPSILON), flow_task)]
    jobs = [compute.worker().submit(task.prepare()) for task in tasks]
    assert alive() - before <= passes.MAX_TRACES
    queue.set()
    sweep, flow = (job.future.result(SECONDS) for job in jobs[:2])
    assert flow.explained == pytest.approx(sweep.explained)
    assert flow.rounding_error < 1e-3


def test_what_an_explanation_leaves_for_the_next_counts_with_its_forward_pass(network: lrp.Backbone) -> None:
    asked = question(network, 0, lrp.EpsilonPlusFlat(shifts=2))
    kept = passes.cached_trace(asked.picture, network)
    before = TOTAL_BUDGET.used
    first = compute.answer(asked)
    assert kept.reuse is not None
    assert TOTAL_BUDGET.used >= before + kept.reuse.used > before
    other = compute.answer(replace(asked, objective=lrp.Logit(2)))
    alone = lrp.explain(network, network.preprocess(asked.picture.image), 2, asked.method)
    np.testing.assert_array_equal(other.map, sum_channels(alone.relevance))
    assert np.any(first.map != other.map)


def test_a_result_is_held_in_its_place_among_what_is_kept_and_not_by_its_job_as_well(
    network: lrp.Backbone, queue: threading.Event
) -> None:
    asked = question(network, 0)
    assert isinstance(compute.answer(asked), Job)
    queue.set()
    finish_queue()
    compute.answer(asked)
    assert compute.JOBS.get().get(asked.key) is None
    assert compute.is_known(asked)
