"""Estimates how long a map takes: from those computed before, else from a rough table."""

from lrp import Backbone
from lrp.methods.method import Method
from lrp.models.architectures.published import PUBLISHED

NetworkKind = tuple[str, int, str]  # architecture, depth and weights of a network

# Billions of multiplications of one forward pass at 224 pixels, as torchvision states them for its weights.
GIGA_OPERATIONS = {
    ("resnet", 18): 1.8, ("resnet", 34): 3.7, ("resnet", 50): 4.1, ("resnet", 101): 7.8, ("resnet", 152): 11.5, ("vgg", 16): 15.5,
}  # fmt: skip
WALK_SECONDS = 0.02  # seconds of an LRP walk for each of them, on one core (measured with ResNet-18 and ResNet-50)
DEMO_FACTOR = 0.4  # of that, for the demo networks are slimmer and see 160 pixels (measured)
STEP_FACTOR = 0.7  # seconds of a step of Integrated Gradients, in units of one LRP walk of the same network (measured)
FORWARD_SHARE = 0.4  # seconds of a forward pass, in the same units (measured)
FASTER_WEIGHT = 0.75  # of a map that was faster than the average before it
MOST_AT_FIRST = 4.0  # times the rough estimate that the first map of a kind is believed to have taken

_measured: dict[tuple[NetworkKind, str], float] = {}  # seconds of a step, by the network and the method's name or family


def network_kind(network: Backbone) -> NetworkKind:
    """Returns what decides how long the network takes, weights of one kind apart."""
    return network.architecture, network.depth, network.weights


def record_time(network: Backbone, method: Method, seconds: float) -> None:
    """Updates the running averages by a map that took so many seconds; recent ones count most, and faster ones more.

    A map that is slow says little: others were computed beside it, or a library was loaded for it. So the first one counts as
    taking MOST_AT_FIRST of the rough estimate at most; on a machine that is slower than that, those after it say so.
    """
    a_step, kind = seconds / method.passes(network.size), network_kind(network)
    rough = rough_walk_seconds(kind, _counted(network)) * _walks(method)
    for name in {method.name, method.family}:
        before = _measured.get((kind, name))
        if before is None:
            _measured[kind, name] = min(a_step, MOST_AT_FIRST * rough)
            continue
        weight = FASTER_WEIGHT if a_step < before else 1 - FASTER_WEIGHT
        _measured[kind, name] = before + weight * (a_step - before)


def expected_in(network: Backbone, method: Method) -> float:
    """Estimates the seconds that `method` takes in the network; see `expected_seconds`."""
    return expected_seconds(network_kind(network), method, network.size, _counted(network))


def forward_seconds(network: Backbone) -> float:
    """Estimates the seconds of a forward pass: as measured lately, or by the count where the machine has been busy since."""
    kind = network_kind(network)
    return FORWARD_SHARE * min(_measured.get((kind, "LRP"), float("inf")), rough_walk_seconds(kind, _counted(network)))


def _counted(network: Backbone) -> float | None:
    """Returns the billions of multiplications of one pass, None where they are not known."""
    if network.architecture in PUBLISHED and network.weights == "imagenet":
        return PUBLISHED[network.architecture].giga
    return network.report.multiplications / 1e9 or None


def expected_seconds(kind: NetworkKind, method: Method, size: int, giga: float | None = None) -> float:
    """Estimates the seconds that `method` takes in a network that sees `size` pixels a side.

    From the same method in the same network if that was measured, else from LRP in it, else from `giga`, the billions of
    multiplications of one pass, or from the table.
    """
    walk = _measured.get((kind, "LRP"), rough_walk_seconds(kind, giga))
    a_step = _measured.get((kind, method.name), walk * _walks(method))
    return a_step * method.passes(size)


def rough_walk_seconds(kind: NetworkKind, giga: float | None = None) -> float:
    """Estimates the seconds of one LRP walk on an idle machine, from the billions of multiplications of one pass or the table."""
    if giga is None:
        giga = GIGA_OPERATIONS.get(kind[:2], max(GIGA_OPERATIONS.values()))
    return WALK_SECONDS * giga * (DEMO_FACTOR if kind[2] == "demo" else 1.0)


def _walks(method: Method) -> float:
    """Returns how many LRP walks a step of the method takes as long as."""
    return 1.0 if method.quick else STEP_FACTOR
