"""Checks the pictures that methods and metrics are given, and what a network returns for them."""

from torch import Tensor

from lrp.network.graph import Network
from lrp.network.logits import logits_or_output
from lrp.network.out_of_memory import is_out_of_memory
from lrp.network.precision import HALF_PRECISIONS
from lrp.network.weighted import Convolution

# What is often given instead of a tensor, by the name of its type, and how it becomes one.
CONVERSIONS = {
    "ndarray": "torch.from_numpy(x) makes it a tensor",
    "Image": "backbone.preprocess(picture) makes it one",
    "list": "torch.stack(x) makes it one",
    "tuple": "torch.stack(x) makes it one",
}


def as_input(network: Network, x: Tensor) -> Tensor:
    """Returns `x` detached, on the network's device and in its precision.

    Raises TypeError if it is no floating-point tensor of the precision that the network's model has, ValueError if it has no
    batch axis, no values, or one that is not finite, and for a network that computes in half precision.
    """
    if network.dtype in HALF_PRECISIONS:
        raise ValueError(f"relevance needs a network that computes in single precision or double, got {network.dtype}")
    precision = network.given or network.dtype
    expected = f"x must be a tensor of {precision}, like the network's weights"
    if not isinstance(x, Tensor):
        kinds = [kind.__name__ for kind in type(x).__mro__]
        conversion = next((CONVERSIONS[kind] for kind in kinds if kind in CONVERSIONS), "")
        raise TypeError(f"{expected}, got {type(x).__name__}" + (f"; {conversion}" if conversion else ""))
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
    # Of an axis that repeats one value, one is enough. The sum is NaN or infinite if any value is, and ten times as fast to test;
    # it alone may overflow.
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
                sides = ("", ", W", ", H, W", ", D, H, W")[axes - 2]
                way = "; x.unsqueeze(0) makes it a batch of one" if len(shape) == axes - 1 else ""
                raise ValueError(f"x must have shape (N, {channels}{sides}), as {node.name} takes it, got shape {shape}{way}")
            return


def output_of(network: Network, x: Tensor, place: str | None = None) -> Tensor:
    """Returns the network's output for pictures `x` (N, ...), or that of the node or module `place`; differentiable.

    Raises ValueError where the network cannot take the pictures, or does not return a row for each.
    """
    try:
        output = network(x, place)
    except (RuntimeError, IndexError) as error:
        raise input_error(x, error) from error
    check_rows(output, x)
    return output


def logits_of(network: Network, x: Tensor) -> Tensor:
    """Returns the logits (N, K) of pictures `x` (N, ...), or the output where it holds no logits. Raises as `output_of` does."""
    return logits_or_output(output_of(network, x))


def check_rows(output: Tensor, x: Tensor) -> None:
    """Raises ValueError unless the output of the network has a row for each picture of `x`."""
    if output.dim() == 0 or len(output) != len(x):
        raise ValueError(
            f"the network must answer with a row for each picture, (N, K), or (N,) for one logit, got an output of shape "
            f"{tuple(output.shape)} for x of shape {tuple(x.shape)}; {_remedies(x)}"
        )


def input_error(x: Tensor, error: Exception, place: str = "") -> Exception:
    """Returns the error for a picture that the network cannot compute; `error` itself where memory ran out."""
    message = str(error)
    if is_out_of_memory(error):
        return error
    at = f" at {place}" if place else ""
    reason = message.partition("\n")[0].rstrip(".")
    return ValueError(f"the network cannot take x of shape {tuple(x.shape)}{at} ({reason}); {_remedies(x)}")


def _remedies(x: Tensor) -> str:
    ways = ["x must have its batch axis first"]
    if x.dim() < 4:
        ways.append("x.unsqueeze(0) adds one that is missing")
    if len(x) > 1:
        ways.append("a network whose forward fixes the size of the batch, as view(1, -1) does, takes one picture at a time only")
    else:
        ways.append("a forward that drops it, as squeeze() does, must name the axis it means, as squeeze(1) does")
    return "; ".join(ways)
