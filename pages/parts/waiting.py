"""What a visitor sees while long work runs: how far it is, what is ahead of it, and a way out."""

import logging

import streamlit as st

from pages.parts.compute import Question, Result, answer, cancel_all_but, forget, worker
from pages.parts.worker import Busy, Job

log = logging.getLogger("pages")


Waiting = list[tuple[Question, Job]]


def ask(questions: list[Question]) -> tuple[list[Result | None], Waiting]:
    """The result of each question, None for those that wait, were refused or failed; and the questions that have a job."""
    results: list[Result | None] = []
    waiting: Waiting = []
    for question in questions:
        try:
            found = answer(question)
        except Busy as error:
            st.warning(str(error), icon=":material/group:")
            results.append(None)
            continue
        if isinstance(found, Job):
            waiting.append((question, found))
        results.append(found if isinstance(found, Result) else None)
    cancel_all_but([question.key for question in questions])
    return results, waiting


def show_waiting(waiting: Waiting) -> None:
    """A progress bar with Cancel for each job; when one ends, the page is drawn again with its result."""
    for question, job in waiting:
        if job.failed:
            _show_failure(question, job)
    if running := [(question, job) for question, job in waiting if not job.done]:
        _show_progress(running)


@st.fragment(run_every=0.3)
def _show_progress(running: Waiting) -> None:
    if any(job.done for _, job in running):
        st.rerun()
    for i, (question, job) in enumerate(running):
        ahead = worker().ahead_of(job)
        state = f"{ahead} waiting before you" if ahead else f"{job.share:.0%} done"
        text = f"{question.method.label}: {state}"
        bar, button = st.columns([5, 1], vertical_alignment="center")
        bar.progress(job.share, text)
        button.button("Cancel", key=f"cancel {i}", on_click=job.cancel, width="stretch")


def _show_failure(question: Question, job: Job) -> None:
    label = question.method.label
    if job.cancelled:
        said = f"{label} was cancelled."
    elif isinstance(error := job.future.exception(), MemoryError | RuntimeError):
        log.error("%s failed", label, exc_info=error)
        said = f"{label} needs more memory than is free now; choose fewer steps or a smaller depth, and try again."
    else:
        log.error("%s failed", label, exc_info=error)
        said = f"{label} could not be computed; the other maps are not affected."
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(said, icon=":material/hourglass_disabled:")
    right.button("Try again", key=f"again {question.method.name}", on_click=forget, args=(question,), width="stretch")
