"""What every method takes as a picture, judged in one place, and the network's answer to it."""

import torch
from torch import Tensor

from lrp.network.graph import Network
from lrp.network.logits import logits_in
from lrp.network.precision import HALF
from lrp.network.weighted import Convolution

# What a picture may be mistaken for, by the name of its type, and the way from there.
INSTEAD = {
    "ndarray": "torch.from_numpy(x) makes it a tensor",
    "Image": "backbone.preprocess(picture) makes it one",
    "list": "torch.stack(x) makes it one",
    "tuple": "torch.stack(x) makes it one",
}


def as_input(network: Network, x: Tensor) -> Tensor:
    """`x` detached, where the network is and in its precision.

    Raises TypeError if it is no floating-point tensor of the precision that the network's model has, ValueError if it has no
    batch axis, no values, or one that is not finite, and for a network that computes in half precision.
    """
    if network.dtype in HALF:
        raise ValueError(f"relevance needs a network that computes in single precision or double, got {network.dtype}")
    precision = network.given or network.dtype
    expected = f"x must be a tensor of {precision}, like the network's weights"
    if not isinstance(x, Tensor):
        kinds = [kind.__name__ for kind in type(x).__mro__]
        way = next((INSTEAD[kind] for kind in kinds if kind in INSTEAD), "")
        raise TypeError(f"{expected}, got {type(x).__name__}" + (f"; {way}" if way else ""))
    if x.dtype not in (precision, network.dtype):
        scaled = " and bring it to the range that the network was trained on" if not x.is_floating_point() else ""
        raise TypeError(f"{expected}, got {x.dtype}; convert it by x.to({precision}){scaled}")
    shape = tuple(x.shape)
    if x.dim() < 2:
        raise ValueError(f"x must have a batch axis, (N, ...), got shape {shape}; x.unsqueeze(0) makes it a batch of one")
    if not x.numel():
        raise ValueError(f"x must hold at least one picture, got shape {shape}")
    _check_against_convolution(network, shape)
    x = x.detach().to(network.device, network.dtype)
    # An axis that repeats one value is asked once. The sum is NaN or infinite if any value is, and ten times as quick to ask; a
    # sum alone may overflow.
    values = x[tuple(slice(1) if step == 0 else slice(None) for step in x.stride())]
    if not values.sum().isfinite() and not values.isfinite().all():
        raise ValueError(f"x must be finite, got {int((~x.isfinite()).sum())} values of {x.numel()} that are NaN or infinite")
    return x


def _check_against_convolution(network: Network, shape: tuple[int, ...]) -> None:
    """Raises ValueError for a shape that a convolution which reads the picture cannot take."""
    for node in network.nodes:
        layer = node.layer
        if isinstance(layer, Convolution) and node.inputs == (network.input,):
            axes = layer.weight.dim()
            channels = layer.weight.shape[0] if layer.settings.transposed else layer.weight.shape[1] * layer.settings.groups
            if len(shape) != axes or shape[1] != channels:
                places = ("", ", W", ", H, W", ", D, H, W")[axes - 2]
                way = "; x.unsqueeze(0) makes it a batch of one" if len(shape) == axes - 1 else ""
                raise ValueError(f"x must have shape (N, {channels}{places}), as {node.name} takes it, got shape {shape}{way}")
            return


def answer(network: Network, x: Tensor, place: str | None = None) -> Tensor:
    """The logits (N, ...) of pictures `x` (N, ...), or the output of `place`, a row for each; differentiable.

    Raises ValueError where the network cannot take them, or does not answer with a row for each.
    """
    try:
        output = network(x, place)
    except (RuntimeError, IndexError) as error:
        raise not_taken(x, error) from error
    check_rows(output, x)
    return output


def logits_of(network: Network, x: Tensor) -> Tensor:
    """The logits (N, K) of pictures `x` (N, ...); what the network gives where that is no logits. Raises as `answer` does."""
    return logits_in(answer(network, x))


def check_rows(output: Tensor, x: Tensor) -> None:
    """Raises ValueError unless the output of the network has a row for each picture of `x`."""
    if output.dim() == 0 or len(output) != len(x):
        raise ValueError(
            f"the network must answer with a row for each picture, (N, K), or (N,) for one logit, got an output of shape "
            f"{tuple(output.shape)} for x of shape {tuple(x.shape)}; {_ways(x)}"
        )


def not_taken(x: Tensor, error: Exception, place: str = "") -> Exception:
    """The error for a picture that the network cannot compute; `error` itself where it tells of too little memory."""
    said = str(error)
    if isinstance(error, torch.OutOfMemoryError) or "memory" in said or "primitive" in said:
        return error
    at = f" at {place}" if place else ""
    reason = said.partition("\n")[0].rstrip(".")
    return ValueError(f"the network cannot take x of shape {tuple(x.shape)}{at} ({reason}); {_ways(x)}")


def _ways(x: Tensor) -> str:
    ways = ["x must have its batch axis first"]
    if x.dim() < 4:
        ways.append("x.unsqueeze(0) adds one that is missing")
    if len(x) > 1:
        ways.append("a network whose forward fixes the size of the batch, as view(1, -1) does, takes one picture at a time only")
    else:
        ways.append("a forward that drops it, as squeeze() does, must name the axis it means, as squeeze(1) does")
    return "; ".join(ways)
