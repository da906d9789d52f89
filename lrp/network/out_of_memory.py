"""Recognizes errors that mean too little memory, of the processor or of an accelerator."""

import torch

OUT_OF_MEMORY = "This needs more memory than is free; choose a smaller network, fewer steps or shifts, or another --device."

SAID = ("allocate memory", "out of memory", "ALLOC_FAILED")  # by torch's allocators, CUDA and its libraries


def is_out_of_memory(error: BaseException | None) -> bool:
    """Returns whether the error means too little memory; several libraries raise RuntimeErrors of their own for it."""
    said = str(error)
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    # oneDNN says no more than that it failed.
    return known or (isinstance(error, RuntimeError) and (said == "could not create a primitive" or any(s in said for s in SAID)))
