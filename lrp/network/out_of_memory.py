"""Recognizes errors that mean too little memory, and asks the system for some where libraries do not look at its answer."""

import mmap

import torch

OUT_OF_MEMORY = "This needs more memory than is free; choose a smaller network, fewer steps or shifts, or another --device."

# By torch's allocators, CUDA, its libraries, and Python.
SAID = ("allocate memory", "out of memory", "ALLOC_FAILED", "start new thread")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Returns whether the error means too little memory; several libraries raise RuntimeErrors of their own for it."""
    said = str(error)
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    # oneDNN says no more than that it failed.
    return known or (isinstance(error, RuntimeError) and (said == "could not create a primitive" or any(s in said for s in SAID)))


def require_system_memory(count: int) -> None:
    """Raises MemoryError if the system has not `count` bytes more for this process, beside what its allocators keep free."""
    try:
        mmap.mmap(-1, max(count, 1)).close()
    except OSError as error:
        raise MemoryError(f"the system does not give {count} bytes more") from error
