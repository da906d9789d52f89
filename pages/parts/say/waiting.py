"""Asks for results, and draws the progress, the failures and the Cancel buttons of those that take long."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

from lrp.network.out_of_memory import is_out_of_memory
from pages.parts.say.number_words import about_seconds
from pages.parts.say.request import is_requested, request_test
from pages.parts.say.start_button import start_button
from pages.parts.work import price
from pages.parts.work.compute import answer, cancel_all_but, forget_job, is_known, worker
from pages.parts.work.job import Job, TooLong
from pages.parts.work.question import Question, Task
from pages.parts.work.worker import Busy

Waiting = list[tuple[Question | Task, Job]]
POLLS = 8  # how often a page asks while it waits, at most twice a second: timers of a crowd would keep the server from its work
SLOWEST_POLL = 3.0  # seconds


def ask(questions: Sequence[Question | Task], other_work: Sequence[Hashable] = ()) -> tuple[list[Any], Waiting]:
    """Returns the result of each question, None where there is none yet, and the questions that have a job.

    All other jobs of the visitor are cancelled but those of the keys in `other_work`, which the same page asks for elsewhere.
    """
    results: list[Any] = []
    waiting: Waiting = []
    # First, or the new work would wait for what nobody wants.
    cancel_all_but([*(question.key for question in questions), *other_work])
    for question in questions:
        if isinstance(question, Question) and _waits_for_consent(question):
            _offer(question, f"{len(results)} {question.label}")  # not by its settings, which may be changed with the press
            results.append(None)
            continue
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


def _waits_for_consent(question: Question) -> bool:
    """Whether this is a map that takes so long that it is computed on request only, and is neither requested nor known."""
    expensive = not question.quick and price.ASK_FIRST < question.expected_seconds <= price.most_seconds()
    return expensive and not is_requested("map", question) and not is_known(question)


def _offer(question: Question, key: str) -> None:
    """Draws what a map would take, with a button that asks for it."""
    left, right = st.columns([5, 1], vertical_alignment="center")
    seconds = about_seconds(question.expected_seconds)
    left.info(f"{question.label} takes {seconds} with these settings, so it is computed on request.", icon=":material/timer:")
    with right:
        start_button("Compute", f"offer {key}", lambda: request_test("map", [question]))


def is_pending(question: Question | Task, waiting: Waiting) -> bool:
    """Whether the question has a job that may still give its result."""
    return any(asked is question and not job.failed for asked, job in waiting)


def absence_reason(question: Question, waiting: Waiting) -> str:
    """Returns the words shown in place of a map that is not there yet or was not computed."""
    if is_pending(question, waiting):
        return f"computing, {about_seconds(question.expected_seconds)}"
    return "computed on request, below" if _waits_for_consent(question) else "not computed"


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


def _show_progress(running: Waiting, where: str) -> None:
    soonest = min(worker().seconds_until_done(job) for _, job in running)

    @st.fragment(run_every=min(max(0.5, soonest / POLLS), SLOWEST_POLL))
    def watch() -> None:
        if any(job.done for _, job in running):
            st.rerun()
        for i, (question, job) in enumerate(running):
            bar, button = st.columns([5, 1], vertical_alignment="center")
            bar.progress(job.share, f"{question.label}: {_progress_in_words(job)}")
            button.button("Cancel", key=f"cancel {where}{i}", on_click=job.cancel, width="stretch")

    watch()


def redraw_when(changed: Callable[[], bool], watching: bool) -> None:
    """Draws the page again once `changed` says so, which is asked every second while `watching`."""

    @st.fragment(run_every=1.0 if watching else None)
    def watch() -> None:
        if changed():
            st.rerun()

    watch()


def _progress_in_words(job: Job) -> str:
    ahead = worker().jobs_ahead_of(job)
    left = about_seconds(worker().seconds_until_done(job))
    return f"{ahead} waiting before you, {left}" if ahead and job.begun is None else f"{job.share:.0%} done, {left} left"


def _show_failure(question: Question | Task, job: Job, place: str) -> None:
    label = question.label
    if job.cancelled:
        said = f"{label} was cancelled."
    else:
        error = job.future.exception()
        said = f"{label} could not be computed; the other maps are not affected."
        if is_out_of_memory(error):
            said = _too_little_memory(question)
        elif isinstance(error, TooLong):
            said = f"{label} was ended: {error}; choose fewer steps or samples, or a smaller network."
    _say(said, f"failed {place}", forget_job, question)


def _too_little_memory(question: Question | Task) -> str:
    return f"{question.label} needs more memory than is free now; choose a smaller depth or fewer steps, and try again."


def _say(sentence: str, key: str, action: Callable[..., None] | None = None, *arguments: object) -> None:
    """Draws a sentence with the button Try again beside it."""
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(sentence, icon=":material/hourglass_disabled:")
    right.button("Try again", key=f"again {key}", on_click=action, args=arguments, width="stretch")
