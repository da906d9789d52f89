"""Reads the network that a visitor has sent, in a thread of its own, with progress and a button that cancels it."""

import threading
from collections.abc import Mapping
from concurrent import futures

import streamlit as st

from lrp import WeightsError
from lrp.network.out_of_memory import is_out_of_memory
from lrp.progress import Progress, bytes_progress, part_of
from pages.parts.choose.brought_network import BROUGHT, TRIED, BroughtNetwork, read_brought
from pages.parts.frame.state import SessionValue
from pages.parts.work.job import Job
from pages.parts.work.memory import retry_after_eviction
from pages.parts.work.page_turns import outside_turn
from pages.parts.work.visit import current_visit

PATIENCE = 1.0  # seconds that the page waits before it shows a progress bar
READ_SHARE = 0.7  # of the work; the rest is comparing the network with the one that is explained, which reports nothing
NO_MEMORY = "This network needs more memory than is free now; try again later."
CANCELLED = "Reading the network was cancelled."
READING = SessionValue[Job]("reading of a network")
PROBLEM = SessionValue[str]("network problem")  # why the file that was sent last cannot be used

File = tuple[str, bytes]  # name and content


def start_reading(file: File, given: Mapping[str, object], names: File | None) -> None:
    """Begins to read a network; see `read_brought`."""
    cancel_reading()
    taken = set(BROUGHT.get())

    def work(progress: Progress) -> BroughtNetwork | str:
        read = bytes_progress(part_of(progress, 0.0, READ_SHARE))
        try:
            return retry_after_eviction(lambda: read_brought(file[1], file[0], given, names, taken, read))
        except (WeightsError, ValueError, TypeError) as error:
            return str(error)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            return NO_MEMORY

    job = Job(work, current_visit())
    READING.set(job)
    threading.Thread(target=job.run, name="network", daemon=True).start()
    with outside_turn():
        futures.wait([job.future], PATIENCE)


def cancel_reading() -> None:
    """Ends the reading, if there is one."""
    if job := READING.get():
        job.cancel()
        READING.pop()


def take_reading() -> bool:
    """Keeps what has been read, or why it cannot be used; returns whether the reading still goes on."""
    job = READING.get()
    if job is None or not job.done:
        return job is not None
    READING.pop()
    found = CANCELLED if job.cancelled else job.future.result()
    if isinstance(found, BroughtNetwork):
        TRIED.set(found)
    else:
        PROBLEM.set(str(found))
    return False


def show_reading() -> None:
    """Draws how far the reading is, with a button that cancels it; draws the page again when it is done."""

    @st.fragment(run_every=0.5)
    def watch() -> None:
        job = READING.get()
        if job is None or job.done:
            st.rerun()
            return
        bar, button = st.columns([3, 1], vertical_alignment="center")
        bar.progress(job.share, "Reading the network" if job.share < READ_SHARE else "Comparing it with what is explained")
        button.button("Cancel", key="cancel network", on_click=_cancel_aloud, width="stretch")

    watch()


def _cancel_aloud() -> None:
    cancel_reading()
    PROBLEM.set(CANCELLED)
