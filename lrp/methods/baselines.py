"""Baselines: the pictures that stand for "nothing there", and the seeded noise that some methods average over."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.methods.gaussian_blur import gaussian_blur
from lrp.network.graph import Network
from lrp.settings import parameter

BASELINES = ("black", "white", "grey", "blurred", "noise")

MOST = float(torch.finfo(torch.float32).max)

Array = NDArray[Any]
Baseline = str | float | Tensor | Array  # a name, or values in the units of the input


def n_samples_setting(default: int, help: str) -> int:
    """A field for the number of random draws that are averaged."""
    return parameter(default, "Noisy samples", help, range=(2, 64), scale="log")


def noise_setting(default: float) -> float:
    """A field for the standard deviation of the noise added to a picture, as a share of the range of its pixels."""
    return parameter(
        default, "Noise", "How strong it is, as a share of the range from black to white.", range=(0.01, 0.5), scale="log",
        unit="of the range from black to white",
    )


def seed_setting() -> int:
    """A field for the seed of the random draws."""
    return parameter(1, "Seed", "Another number draws other noise; what stays is no accident of the noise.", range=(1, 100))


def as_baseline(given: object, name: str = "baseline", known: Sequence[str] = BASELINES) -> str | float | Tensor:
    """What a person gives as a baseline, as the name of one of `known`, a finite number, or a tensor of its own.

    Numbers and arrays are in the units of the input. Raises TypeError for what is none of these, True and False among them,
    and for an array of whole numbers, which may be pixels of 0 to 255; ValueError for an unknown name and for NaN or infinity.
    """
    expected = f"{name} must be one of {', '.join(known)}, or a tensor"
    refusal = f"{expected}, got {given!r}; a number or a floating-point tensor is in the units of the input"
    if isinstance(given, str):
        if given not in known:
            raise ValueError(refusal)
        return given
    if isinstance(given, np.generic | np.ndarray | Tensor) and not given.ndim:
        given = given.item()
    if isinstance(given, np.ndarray | Tensor):
        return _own(given, name)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(refusal)
    if not -MOST <= given <= MOST:
        raise ValueError(f"{name} must be finite, also in single precision, got {given!r}")
    return given


def _own(given: Array | Tensor, name: str) -> Tensor:
    """A copy of an array as a tensor, so that nobody can write to it any more."""
    try:
        values = torch.as_tensor(given).detach().clone()
    except TypeError:
        raise TypeError(f"{name} must hold numbers, got {given!r}") from None
    if not values.is_floating_point():
        raise TypeError(f"{name} must be floating-point, in the units of the input, got {values.dtype}")
    if not values.isfinite().all():
        raise ValueError(f"{name} must be finite, got {given!r}")
    return values


class WithBaseline:
    """Base of methods with a setting that `as_baseline` made: alike if their settings are, the values of tensors included."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(_same(value, vars(other)[name]) for name, value in vars(self).items())

    def __hash__(self) -> int:
        return hash((type(self), *(_key(value) for value in vars(self).values())))


def _same(a: object, b: object) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.dtype == b.dtype and torch.equal(a.cpu(), b.cpu())
    return not isinstance(a, Tensor) and not isinstance(b, Tensor) and bool(a == b)


def _key(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    return tuple(value.shape) if isinstance(value, Tensor) else value


def check_samples(n_samples: int, noise: float = 0.0) -> None:
    """Raises ValueError for less than one sample and for noise that is negative or not finite."""
    if not n_samples >= 1:
        raise ValueError(f"n_samples must be >= 1, got {n_samples}")
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be >= 0 and finite, got {noise}")


def baseline_picture(baseline: Baseline, network: Network, x: Tensor) -> Tensor:
    """The baseline of the shape of `x`, in the network's units.

    Raises ValueError for a tensor that does not broadcast to `x`, and for a name that needs the pixel bounds of a network
    without any.
    """
    if not isinstance(baseline, str):
        return spread_over(baseline, x, "baseline")
    if baseline == "grey":
        return torch.zeros_like(x)
    if baseline == "blurred":
        return blur(x)
    if baseline == "noise":
        return next(noise_pictures(network, x, 1, seed=0)).expand_as(x)
    low, high = _bounds(network, baseline)
    return spread_over(low if baseline == "black" else high, x, f"the {baseline} baseline")


def spread_over(given: float | Tensor | Array, x: Tensor, name: str) -> Tensor:
    """A number, or a tensor that broadcasts to `x`, as a picture like `x`. Raises ValueError for another shape."""
    if not isinstance(given, Tensor | np.ndarray):
        return torch.full_like(x, given)
    try:
        return torch.as_tensor(given).to(x).expand_as(x)
    except RuntimeError:
        shapes = f"{tuple(x.shape)}, got {tuple(given.shape)}"
        raise ValueError(f"{name} must broadcast to the shape of x, {shapes}; one value a channel is (1, C, 1, 1)") from None


def blur(x: Tensor, share: float = 0.1) -> Tensor:
    """`x` of shape (N, C, H, W) out of focus: a Gaussian whose standard deviation is `share` of the shorter side."""
    side = min(x.shape[-2:])
    return gaussian_blur(x, share * side, min(round(3 * share * side), side - 1))


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
