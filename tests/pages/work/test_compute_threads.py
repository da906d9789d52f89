"""Threads that torch shares work with are started while there is memory for their stacks, or not at all."""

import os
import subprocess
import sys

import pytest

# A process of its own: OpenMP would end this one. The caller's own stack is reserved before the limit is set.
PROGRAM = """
import resource, sys, threading
import psutil, torch
from pages.parts.work.compute_threads import start_compute_threads

torch.set_num_threads(2)
limited, answers = threading.Event(), []

def work(early):
    if early:
        start_compute_threads()
        ready.release()
    limited.wait()
    try:
        if {checked}:
            start_compute_threads()
        answers.append(int(torch.ones(10**6, dtype=torch.uint8).fill_(1).sum()))
    except MemoryError:
        answers.append("no memory")

ready = threading.Semaphore(0)
threads = [threading.Thread(target=work, args=(early,)) for early in {early}]
for thread in threads:
    thread.start()
for _ in filter(None, {early}):
    ready.acquire()
limit = psutil.Process().memory_info().vms + 4 * 10**6
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
limited.set()
for thread in threads:
    thread.join()
print(*answers)
"""


def answers(early: tuple[bool, ...], *, checked: bool = True) -> subprocess.CompletedProcess[str]:
    """What threads that began before or after the memory ran short found; `checked` as the project does it."""
    program = PROGRAM.format(early=early, checked=checked)
    environment = os.environ | {"OMP_STACKSIZE": "8M"}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False, env=environment
    )


linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process's memory are Linux's")


@linux
def test_a_thread_for_whose_helpers_there_is_no_memory_gets_an_error() -> None:
    assert answers((False,), checked=False).returncode != 0  # what OpenMP does about it
    found = answers((False,))
    assert (found.returncode, found.stdout) == (0, "no memory\n"), found.stderr


@linux
def test_a_thread_whose_helpers_were_started_in_time_goes_on() -> None:
    found = answers((True,))
    assert (found.returncode, found.stdout) == (0, "1000000\n"), found.stderr
