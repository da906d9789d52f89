"""What the network says while the squares that a map marks are covered: measured in the background, moved by hand."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from lrp.metrics.output_curves import OutputCurves, output_curves, random_output_curves
from lrp.metrics.perturbation import Perturbation
from lrp.progress import Progress
from pages.parts.canvas.curves import MapCurves, send_curves
from pages.parts.compare.deletion_words import map_curves
from pages.parts.frame.state import SessionValue
from pages.parts.say.request import is_requested, offer_test
from pages.parts.say.waiting import Waiting, ask, show_waiting
from pages.parts.work import compute, forecast, price
from pages.parts.work.job import Job
from pages.parts.work.network_key import network_key
from pages.parts.work.question import Question, Result, Task
from pages.parts.work.traces import cached_trace
from pages.parts.work.worker import Busy

TEST = "live deletion"
PERTURBATION = Perturbation()  # as on the page about trust: squares of 8 pixels, out of focus, in 20 steps
RANDOM_ORDERS = 10
SOON_SECONDS, BUSY_SECONDS = 0.35, 5.0  # between two looks, for each job of the server, and while the queue is full
REST_SECONDS = 0.7  # without a change of the maps, before anything is measured: a moved slider of the page comes first
AT_ONCE = 2  # of what is measured, one of which waits while the other runs: the queue has few places, which maps need
AUTOMATIC_SECONDS = 15.0  # what is expected to take longer is measured on request only

SHOWN = SessionValue[tuple[Hashable, float]]("live deletion shown")  # the maps that were drawn last, and since when

Explained = Sequence[tuple[str, Question, Result]]  # of each map that is there: its key, its question and its result


@dataclass(frozen=True, eq=False)
class Chance:
    """The curves of random orders, which all maps of a picture share.

    predictions: (n, S + 1), of the followed output. replaced: what stands where squares are covered.
    """

    predictions: NDArray[np.float64]
    replaced: Image.Image


def followed_output(question: Question) -> int:
    """Returns the output whose curve is drawn: the explained one, or the likeliest where a layer is explained."""
    network, target = question.backbone, question.objective.target_index
    return network.kind.best(compute.logits(question.picture, network)) if target is None else target


def map_task(question: Question, result: Result, background: bool = False) -> Task:
    """Returns a task that measures the curves of one map; it gives an OutputCurves. background: whether nobody asked for it."""
    x, network = cached_trace(question.picture, question.backbone).x, question.backbone

    def work(progress: Progress | None) -> OutputCurves:
        return output_curves(network, x, result.map, PERTURBATION, progress)

    seconds = 2 * PERTURBATION.steps * forecast.forward_seconds(network)
    label = f"Covering what {question.label} marks"
    return Task(_map_key(question), label, question.shared, work, 0.0, seconds, background=background)


def chance_task(question: Question, background: bool = False) -> Task:
    """Returns a task that measures random orders for the question's picture; it gives a Chance. background: as above."""
    x = cached_trace(question.picture, question.backbone).x
    network = question.backbone
    followed = followed_output(question)

    def work(progress: Progress | None) -> Chance:
        curves = random_output_curves(network, x, PERTURBATION, RANDOM_ORDERS, progress)
        return Chance(curves[..., followed].copy(), network.as_seen(PERTURBATION.replaced(network.network, x)))

    seconds = RANDOM_ORDERS * PERTURBATION.steps * forecast.forward_seconds(network)
    return Task(_chance_key(question), "Covering squares at random", question.shared, work, 0.0, seconds, background=background)


def deletion_keys(questions: Sequence[Question]) -> list[Hashable]:
    """Returns the keys of the work that the sliders ask for."""
    return [key for question in questions for key in (_map_key(question), _chance_key(question))]


def show_live_deletion(
    explained: Explained, other_work: Sequence[Hashable], then: Callable[[Sequence[MapCurves], bool], None]
) -> None:
    """Measures the curves of the maps that are there and sends them to the canvas; the page is drawn again as they come.

    other_work: the keys of what else the page asks for, which goes on meanwhile. then: is called with the curves that are there,
    and whether others are being measured.
    """  # fmt: skip
    explained = [each for each in explained if np.any(each[2].map)]
    questions = [question for _, question, _ in explained]
    requested = any(is_requested(TEST, question) for question in questions)
    background = not requested
    pairs = [(chance_task(question, background), map_task(question, result, background)) for _, question, result in explained]
    tasks = {task.key: task for pair in pairs for task in pair}
    missing = [task for task in tasks.values() if not compute.is_known(task)]
    seconds = sum(task.expected_seconds for task in tasks.values())
    if missing and seconds > min(AUTOMATIC_SECONDS, price.most_seconds()) and not requested:
        send_curves([], "measured on request, below", pending=False)
        about = "The network is asked again for each step of the sliders under the maps, and for random orders."
        offer_test(TEST, "Measure what covering does", questions, seconds, about)
        then([], False)
        return
    resting = bool(missing) and not requested and not _rested(tuple(tasks))
    busy = resting or (bool(missing) and not requested and not _has_place(missing[0]))
    asked = [task for task in tasks.values() if task not in missing[0 if busy else AT_ONCE :]]
    found, waiting = ask(asked, other_work)
    known = {task.key: each for task, each in zip(asked, found, strict=True) if each is not None}
    maps = [
        _curves_of(key, question, result, known[of_map.key], known[chance.key])
        for (key, question, result), (chance, of_map) in zip(explained, pairs, strict=True)
        if of_map.key in known and chance.key in known
    ]
    # Not "done", which a job may be by now whose result this run of the page does not have.
    running = resting or any(not job.failed for _, job in waiting) or (len(known) == len(asked) < len(tasks))
    absent = "waiting for a place" if busy and not resting else "measuring ..." if running else "not measured"
    send_curves(maps, absent, pending=running and not requested)
    then(maps, running)
    show_waiting(waiting if requested else _failed(waiting), TEST)
    if running and not requested:
        # The timers of a crowd would keep the server from its work.
        calm = min(SOON_SECONDS * max(1, compute.worker().job_count - AT_ONCE), BUSY_SECONDS)
        _measure_all(tasks, BUSY_SECONDS if busy and not resting else calm)


def _rested(maps: Hashable) -> bool:
    """Whether these maps have been on show for REST_SECONDS."""
    shown, now = SHOWN.get(), time.monotonic()
    if shown is None or shown[0] != maps:
        shown = (maps, now)
        SHOWN.set(shown)
    return now - shown[1] >= REST_SECONDS


def _measure_all(tasks: Mapping[Hashable, Task], seconds: float) -> None:
    """Asks for what is missing, AT_ONCE at a time, and draws the page again once all is there or one has failed.

    It begins once the maps have rested. tasks: by their keys. seconds: between two looks at what has come of it.
    """
    looks = count()

    @st.fragment(run_every=seconds)
    def watch() -> None:
        # It draws nothing: what a fragment draws may come when the visitor is on another page already.
        if next(looks) and _rested(tuple(tasks)) and _all_ended(list(tasks.values())):
            st.rerun()

    watch()


def _all_ended(tasks: Sequence[Task]) -> bool:
    """Requests the first results that are missing; returns whether all are there, or the work of one has failed."""
    waiting = 0
    for task in tasks:
        try:
            found = compute.answer(task)
        except Busy:
            return False
        if isinstance(found, Job):
            waiting += 1
            if found.failed or waiting == AT_ONCE:
                return found.failed
    return not waiting


def _curves_of(key: str, question: Question, result: Result, curves: OutputCurves, chance: Chance) -> MapCurves:
    return map_curves(key, question, result.map, curves, chance.predictions, chance.replaced, PERTURBATION.patch)


def _has_place(task: Task) -> bool:
    """Whether the task is in the queue or done now; nothing is said where the queue is full, as nobody has asked for it."""
    try:
        compute.answer(task)
    except Busy:
        return False
    return True


def _failed(waiting: Waiting) -> Waiting:
    return [(task, job) for task, job in waiting if job.failed]


def _settings() -> Hashable:
    return tuple(asdict(PERTURBATION).items())


def _map_key(question: Question) -> Hashable:
    return ("live deletion", question.key, _settings())


def _chance_key(question: Question) -> Hashable:
    return (
        "random live deletion", question.picture.key, network_key(question.backbone), followed_output(question), RANDOM_ORDERS,
        _settings(),
    )  # fmt: skip
