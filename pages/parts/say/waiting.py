"""Asks for results, and draws the progress, the failures and the Cancel buttons of those that take long."""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

from pages.parts.say import words
from pages.parts.work.compute import answer, cancel_all_but, forget_job, worker
from pages.parts.work.job import Job
from pages.parts.work.memory import is_out_of_memory
from pages.parts.work.question import Question, Task
from pages.parts.work.worker import Busy

Waiting = list[tuple[Question | Task, Job]]


def ask(questions: Sequence[Question | Task], kept: Sequence[Hashable] = ()) -> tuple[list[Any], Waiting]:
    """Returns the result of each question, None where there is none yet, and the questions that have a job.

    All other jobs of the visitor are cancelled but those of the keys in `kept`, which the same page asks for elsewhere.
    """
    results: list[Any] = []
    waiting: Waiting = []
    cancel_all_but([*(question.key for question in questions), *kept])  # first, or the new work would wait for what nobody wants
    for question in questions:
        try:
            found = answer(question)
        except Busy as error:
            _say(str(error), f"busy {len(results)} {hash(question.key)}")
            results.append(None)
            continue
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            st.warning(f"{question.label}: {error}.", icon=":material/tune:")
            results.append(None)
            continue
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            _say(_too_little_memory(question), f"memory {len(results)} {hash(question.key)}")
            results.append(None)
            continue
        if isinstance(found, Job):
            waiting.append((question, found))
        results.append(None if isinstance(found, Job) else found)
    return results, waiting


def is_pending(question: Question | Task, waiting: Waiting) -> bool:
    """Whether the question has a job that may still give its result."""
    return any(asked is question and not job.failed for asked, job in waiting)


def absence_reason(question: Question, waiting: Waiting) -> str:
    """Returns the words shown in place of a map that is not there yet or was not computed."""
    return f"computing, {words.about_seconds(question.expected_seconds)}" if is_pending(question, waiting) else "not computed"


def show_waiting(waiting: Waiting, where: str = "") -> None:
    """Draws a progress bar with Cancel for each job; when one ends, the page is drawn again with its result.

    where: tells this place from others of the same page.
    """
    asked = [(question, job, job.done) for question, job in waiting]  # read once, for jobs end at any moment
    running = [(question, job) for question, job, done in asked if not done]
    ended = [(question, job) for question, job, done in asked if done]
    if any(not job.failed for _, job in ended):
        st.rerun()  # it ended while the page was being drawn without it
    for place, (question, job) in enumerate(ended):
        _show_failure(question, job, f"{where}{place}")
    if running:
        _show_progress(running, where)


@st.fragment(run_every=0.5)
def _show_progress(running: Waiting, where: str) -> None:
    if any(job.done for _, job in running):
        st.rerun()
    for i, (question, job) in enumerate(running):
        ahead = worker().jobs_ahead_of(job)
        wait = f"{ahead} waiting before you, {words.about_seconds(worker().seconds_until_start(job))}"
        state = wait if ahead else f"{job.share:.0%} done{_left(question, job)}"
        text = f"{question.label}: {state}"
        bar, button = st.columns([5, 1], vertical_alignment="center")
        bar.progress(job.share, text)
        button.button("Cancel", key=f"cancel {where}{i}", on_click=job.cancel, width="stretch")


def _left(question: Question | Task, job: Job) -> str:
    """Estimates the time left from the share that is done, or at first from the forecast."""
    spent = 0.0 if job.begun is None else time.monotonic() - job.begun
    if job.share > 0.1:
        return f", {words.about_seconds(spent * (1 - job.share) / job.share)} left"
    left = question.expected_seconds - spent if isinstance(question, Question) else 0.0
    return f", {words.about_seconds(left)} left" if left > 0 else ""


def _show_failure(question: Question | Task, job: Job, place: str) -> None:
    label = question.label
    if job.cancelled:
        said = f"{label} was cancelled."
    else:
        error = job.future.exception()
        said = f"{label} could not be computed; the other maps are not affected."
        if is_out_of_memory(error):
            said = _too_little_memory(question)
    _say(said, f"failed {place}", forget_job, question)


def _too_little_memory(question: Question | Task) -> str:
    return f"{question.label} needs more memory than is free now; choose a smaller depth or fewer steps, and try again."


def _say(sentence: str, key: str, action: Callable[..., None] | None = None, *arguments: object) -> None:
    """Draws a sentence with the button Try again beside it."""
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(sentence, icon=":material/hourglass_disabled:")
    right.button("Try again", key=f"again {key}", on_click=action, args=arguments, width="stretch")
