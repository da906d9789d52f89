"""About how long a map will take: from those that were computed before, else from a rough table."""

from math import prod
from typing import Any

from lrp import Backbone

Kind = tuple[str, int, str]  # architecture, depth and weights of a network

# Billions of multiplications of one forward pass at 224 pixels, as torchvision states them for its weights.
GIGA = {
    ("resnet", 18): 1.8, ("resnet", 34): 3.7, ("resnet", 50): 4.1, ("resnet", 101): 7.8, ("resnet", 152): 11.5, ("vgg", 16): 15.5,
}  # fmt: skip
WALK = 0.02  # seconds of an LRP walk for each of them, on one core (measured with ResNet-18 and ResNet-50)
DEMO = 0.4  # of that, for the demo networks are slimmer and see 160 pixels (measured)
STEP = 0.7  # seconds of a step of Integrated Gradients, in units of one LRP walk of the same network (measured)

_measured: dict[tuple[Kind, str], float] = {}  # seconds of a step, by the network and the method's name or family


def kind_of(network: Backbone) -> Kind:
    return network.architecture, network.depth, network.weights


def steps(method: Any, size: int) -> int:
    """How many times a slow method looks at a picture of `size` pixels a side; more where it doubles them to close its gap."""
    if hasattr(method, "stride"):
        return (size // method.stride + 1) ** 2 // 2  # a place of the square takes a forward pass and none back
    return prod(getattr(method, name, 1) for name in ("n_steps", "n_samples", "shifts", "shifts"))  # along both axes


def note(network: Backbone, method: Any, seconds: float) -> None:
    """Learns from a map that took so long; the last ones count most, for a server is not equally busy all day."""
    a_step = seconds / steps(method, network.size)
    for name in {method.name, method.family}:
        before = _measured.get((kind_of(network), name), a_step)
        _measured[kind_of(network), name] = (before + a_step) / 2


def expected_seconds(kind: Kind, method: Any, size: int) -> float:
    """About how long `method` takes in a network that sees `size` pixels a side.

    By the same method in the same network if there was one, else by LRP in it, else by the table.
    """
    rough = WALK * GIGA.get(kind[:2], max(GIGA.values())) * (DEMO if kind[2] == "demo" else 1.0)
    walk = _measured.get((kind, "LRP"), rough)
    a_step = _measured.get((kind, method.name), walk if method.quick else STEP * walk)
    return a_step * steps(method, size)
