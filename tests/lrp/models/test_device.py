"""The names of devices, and what is said of one that is not there."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch

import lrp
from lrp.models.device import as_device


@dataclass
class Machine:
    """A machine with so many accelerators of one kind, of which the current one is `current`."""

    kind: str | None
    count: int = 1
    current: int = 0


@pytest.fixture
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    is_there: Machine = request.param
    found = None if is_there.kind is None else torch.device(is_there.kind)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: found)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: is_there.count)
    monkeypatch.setattr(torch.accelerator, "current_device_index", lambda: is_there.current)
    with torch.backends.cudnn.flags(allow_tf32=True, deterministic=False):
        yield is_there


NONE, ONE, TWO, APPLE = Machine(None), Machine("cuda"), Machine("cuda", 2, 1), Machine("mps")


@pytest.mark.parametrize(
    ("machine", "wanted", "device"),
    [
        (NONE, "auto", "cpu"), (NONE, "cpu", "cpu"), (ONE, "cpu", "cpu"), (ONE, "auto", "cuda:0"), (ONE, "cuda", "cuda:0"),
        (TWO, "cuda", "cuda:1"), (TWO, "cuda:0", "cuda:0"), (TWO, torch.device("cuda:1"), "cuda:1"), (APPLE, "mps", "mps:0"),
        (APPLE, "auto", "mps:0"),
    ],
    indirect=["machine"],
)  # fmt: skip
def test_a_device_that_is_there(machine: Machine, wanted: str | torch.device, device: str) -> None:
    assert as_device(wanted) == torch.device(device)


@pytest.mark.parametrize(
    ("machine", "wanted", "there"),
    [
        (NONE, "cuda", "cpu"), (NONE, "mps", "cpu"), (ONE, "mps", "cpu or cuda:0"), (ONE, "cuda:1", "cpu or cuda:0"),
        (TWO, "cuda:7", "cpu or cuda:0 or cuda:1"), (ONE, "meta", "cpu or cuda:0"),
    ],
    indirect=["machine"],
)  # fmt: skip
def test_one_that_is_not_there_is_named_beside_those_that_are(machine: Machine, wanted: str, there: str) -> None:
    with pytest.raises(ValueError, match=f"^device must be one that torch finds here, {there}, got '{wanted}'$"):
        as_device(wanted)


@pytest.mark.parametrize("wanted", ["gpu", "", "cuda:x", "CUDA"])
def test_an_unknown_name_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match=rf"^device must be one of auto, cpu, cuda, mps, got '{wanted}'$"):
        as_device(wanted)


@pytest.mark.parametrize(("machine", "exact"), [(ONE, True), (APPLE, False)], indirect=["machine"])
def test_on_cuda_alone_convolutions_are_made_exact(machine: Machine, exact: bool) -> None:
    as_device("auto")
    assert torch.backends.cudnn.deterministic is exact
    assert torch.backends.cudnn.allow_tf32 is not exact


def test_a_network_is_not_loaded_for_a_device_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="device must be"):
        lrp.load_backbone(device="gpu")
    with pytest.raises(ValueError, match="device must be"):
        lrp.load_backbone().to("gpu")


def test_a_backbone_that_is_there_already_stays_as_it_is(backbone: lrp.Backbone) -> None:
    assert backbone.device == torch.device("cpu")
    assert backbone.to("cpu") is backbone
