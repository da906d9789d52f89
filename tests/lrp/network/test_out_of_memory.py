"""Which errors mean too little memory, and which are faults."""

import pytest
import torch

import lrp
from lrp.network.inputs import input_error
from lrp.network.out_of_memory import is_out_of_memory

TOO_LITTLE = (
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("MPS backend out of memory (MPS allocated: 18.00 GB, other allocations: 1.00 GB, max allowed: 18.13 GB)."),
    RuntimeError("could not create a primitive"),
)
FAULTS = (
    None, ValueError("out of memory"), RuntimeError("mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)"),
    RuntimeError("could not create a primitive descriptor for a convolution"), RuntimeError("memory format is not supported"),
)  # fmt: skip


@pytest.mark.parametrize("error", TOO_LITTLE, ids=str)
def test_too_little_memory_is_recognized_and_is_no_fault_of_the_picture(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert input_error(torch.zeros(1, 3, 8, 8), error) is error


@pytest.mark.parametrize("error", FAULTS, ids=str)
def test_other_errors_are_not_taken_for_it(error: Exception | None) -> None:
    assert not is_out_of_memory(error)
    if error is not None:
        assert isinstance(input_error(torch.zeros(1, 3, 8, 8), error), ValueError)


def test_torch_itself_says_it_so(backbone: lrp.Backbone) -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert is_out_of_memory(caught.value)
