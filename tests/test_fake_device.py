"""The fake accelerator finds what it is there to find."""

import numpy as np
import pytest
import torch

from tests.fake_device import FAKES, OnAccelerator, accelerator


@pytest.mark.parametrize("kind", FAKES)
def test_tensors_are_moved_made_and_computed_there(kind: str) -> None:
    here = torch.arange(6.0).view(2, 3)
    with accelerator(kind) as place:
        there = here.to(kind)
        assert there.device == place == torch.device(kind, 0)
        for made in (there + 1, there.new_zeros(2), there.new_tensor([1.0]), torch.ones(2, device=place), there.view(3, 2)):
            assert isinstance(made, OnAccelerator)
        assert torch.equal((there * 2).cpu(), here * 2)
        assert type(there.cpu()) is type(there.to("cpu")) is torch.Tensor
        there += 1
        assert float(there[0, 0]) == 1
        assert float(here[0, 0]) == 0


@pytest.mark.parametrize("kind", FAKES)
def test_what_a_real_one_refuses_is_refused(kind: str) -> None:
    here = torch.arange(6.0).view(2, 3)
    with accelerator(kind):
        there = here.to(kind)
        with pytest.raises(RuntimeError, match="expected all tensors to be on one device"):
            there + here
        with pytest.raises(RuntimeError, match="expected all tensors to be on one device"):
            torch.where(here > 1, there, there)
        for read in (lambda: there.numpy(), lambda: np.asarray(there)):
            with pytest.raises(TypeError, match="device type tensor to numpy"):
                read()
        assert (there * torch.tensor(2.0)).device == there.device  # a single number may lie on the processor
        assert there[torch.tensor([1, 0])].device == there.device


def test_one_of_the_two_has_no_double_precision() -> None:
    with accelerator("cuda"):
        assert torch.ones(2, device="cuda").double().dtype == torch.float64
    with accelerator("mps"), pytest.raises(TypeError, match="float64"):
        torch.ones(2, device="mps").double()
