"""Baselines: the pictures that stand for "nothing there", and the seeded noise that some methods average over."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from lrp.network import Network
from lrp.parameters import parameter
from lrp.torchvision_import import torchvision

gaussian_blur = torchvision.transforms.functional.gaussian_blur

BASELINES = ("black", "white", "grey", "blurred", "noise")


def n_samples_setting(default: int, help: str) -> Any:
    """A field for the number of random draws that are averaged."""
    return parameter(default, "Noisy samples", help, range=(2, 64), scale="log")


def noise_setting(default: float) -> Any:
    """A field for the standard deviation of the noise added to a picture, as a share of the range of its pixels."""
    return parameter(
        default, "Noise", "How strong it is, as a share of the range from black to white.", range=(0.01, 0.5), scale="log",
        unit="of the range from black to white",
    )


def seed_setting() -> Any:
    """A field for the seed of the random draws."""
    return parameter(1, "Seed", "Another number draws other noise; what stays is no accident of the noise.", range=(1, 100))


def check_baseline(baseline: str | Tensor) -> None:
    """Raises ValueError for a name that is none of BASELINES."""
    if isinstance(baseline, str) and baseline not in BASELINES:
        raise ValueError(f"baseline must be one of {', '.join(BASELINES)}, or a tensor, got {baseline!r}")


def check_samples(n_samples: int, noise: float = 0.0) -> None:
    """Raises ValueError for less than one sample and for noise that is negative or not finite."""
    if not n_samples >= 1:
        raise ValueError(f"n_samples must be >= 1, got {n_samples}")
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be >= 0 and finite, got {noise}")


def baseline_picture(baseline: str | Tensor, network: Network, x: Tensor) -> Tensor:
    """The baseline of the shape of `x`, in the network's units. Raises ValueError where the network has no pixel bounds."""
    if isinstance(baseline, Tensor):
        return baseline.to(x).expand_as(x)
    if baseline == "grey":
        return torch.zeros_like(x)
    if baseline == "blurred":
        return blur(x)
    if baseline == "noise":
        return next(noise_pictures(network, x, 1, seed=0)).expand_as(x)
    low, high = _bounds(network, baseline)
    return (low if baseline == "black" else high).to(x).expand_as(x)


def blur(x: Tensor, share: float = 0.1) -> Tensor:
    """`x` of shape (N, C, H, W) out of focus: a Gaussian whose standard deviation is `share` of the shorter side."""
    side = min(x.shape[-2:])
    sigma = share * side
    reach = min(round(3 * sigma), side - 1)
    return gaussian_blur(x, [2 * reach + 1] * 2, [max(sigma, 1e-3)] * 2)


def noise_pictures(network: Network, x: Tensor, count: int, seed: int) -> Iterator[Tensor]:
    """`count` pictures (1, ...) like those of `x`, every value drawn evenly between the network's pixel bounds."""
    low, high = (bound.to(x) for bound in _bounds(network, "noise"))
    for uniform in draws(torch.rand, x, count, seed):
        yield low + (high - low) * uniform


def draws(draw: Callable[..., Tensor], x: Tensor, count: int, seed: int) -> Iterator[Tensor]:
    """`count` tensors (1, ...) of random numbers by `draw`, torch.randn or torch.rand; more of them begin with the same.

    All pictures of a batch get the same numbers, so each is explained as if alone. They come from the CPU's own
    generator: the global one is left alone, and every device gets the same numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        yield draw((1, *x.shape[1:]), generator=generator, dtype=x.dtype).to(x.device)


def pixel_range(network: Network, x: Tensor) -> Tensor:
    """What pixels span, in the units of `x`: the network's bounds (1, 3, 1, 1), or else each sample's own range (N, 1, ...)."""
    if network.low is not None and network.high is not None:
        return (network.high - network.low).to(x)
    dims = tuple(range(1, x.dim()))
    return x.amax(dims, keepdim=True) - x.amin(dims, keepdim=True)


def _bounds(network: Network, baseline: str) -> tuple[Tensor, Tensor]:
    if network.low is None or network.high is None:
        raise ValueError(f"the {baseline} baseline needs the pixel bounds; give low and high to lrp.canonize, or use grey")
    return network.low, network.high
