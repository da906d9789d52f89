"""What all tests share."""

from collections.abc import Iterator

import pytest

import lrp.torchvision_import  # noqa: F401  (before Zennit and Captum, which import torchvision themselves)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One processor for torch: on small tensors two threads that wait for each other take far longer on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
