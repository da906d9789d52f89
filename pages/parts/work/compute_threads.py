"""The threads among which torch divides the work of one thread, started while there is memory for their stacks.

OpenMP starts them at the first parallel operation of each thread that calls torch, and ends the whole process if the system
cannot make one. What runs out of memory afterwards raises errors, which are caught.
"""

import threading

import torch

from lrp.network.out_of_memory import require_system_memory

STACK = 8 * 2**20  # bytes that Linux reserves for a thread by default
GRAIN = 32_768  # numbers from which on torch gives part of an operation to another thread

_started = threading.local()


def start_compute_threads() -> None:
    """Starts them for the calling thread, once.

    Raises MemoryError if there is no memory for their stacks.
    """
    count = torch.get_num_threads()
    if getattr(_started, "count", 0) >= count:
        return
    require_system_memory((count - 1) * STACK)
    torch.empty(count * GRAIN, dtype=torch.uint8).fill_(0)
    _started.count = count
