"""Which errors mean too little memory, and which are faults."""

import subprocess
import sys

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
    RuntimeError("can't start new thread"),
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


# In a process of its own, since oneDNN would end it; its allocator keeps enough for the tensors, so only kernels find no memory.
PROGRAM = """
import resource
import psutil, torch
from lrp.network.fast_convolution import ConvolutionSettings, pull_back

torch.set_num_threads(1)
for stride in (1, 2):
    settings = ConvolutionSettings([stride] * 2, [1, 1], [1, 1], False, [0, 0], 1)
    x, weight = torch.rand(1, 16, 48, 48), torch.rand(16, 16, 3, 3)
    signal = torch.rand(1, 16, 48 // stride, 48 // stride)
    pull_back(signal, x, weight, settings)
limit = psutil.Process().memory_info().vms + 10**6
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    pull_back(signal, x, weight, settings)
except MemoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process's memory are Linux's")
def test_a_convolution_for_whose_kernels_the_system_has_no_memory_is_not_begun() -> None:
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False)
    assert (found.returncode, found.stdout) == (0, "the system does not give 8388608 bytes more\n"), found.stderr
