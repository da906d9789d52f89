"""Where a network comes from, as plain values: what is typed on the command line, and what workers are sent to build it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrp.models import own_network
from lrp.models.architectures import check_depth
from lrp.models.backbone import Backbone
from lrp.models.device import as_device
from lrp.models.loading import load_backbone
from lrp.progress import BytesProgress


@dataclass(frozen=True)
class NetworkSource:
    """How a network is loaded.

    network: a name of `lrp.networks()`, or a file or folder; None for that of architecture, depth (None: the first) and weights.
    device: where it computes, as `lrp.models.device.as_device` takes it. given: further settings of `lrp.load_network` for a
    file or folder.
    Raises ValueError for settings that contradict each other.
    """

    architecture: str = "resnet"
    depth: int | None = None
    weights: str = "demo"
    network: str | None = None
    device: str = "cpu"
    given: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.network is None:
            check_depth(self.depth, self.architecture)
        elif (self.depth, self.weights, self.architecture) != (None, "demo", "resnet"):
            raise ValueError("--network says all of a network; leave out --depth, --weights and --architecture")

    def load(self, progress: BytesProgress | None = None) -> Backbone:
        """Returns the network. Raises as `lrp.load_backbone`, `lrp.load_network` and `as_device` do."""
        device = as_device(self.device)
        if self.network is not None:
            return own_network.load_network(self.network, None, "cpu", progress, **self.given).to(device)
        return load_backbone(check_depth(self.depth, self.architecture), self.weights, progress, self.architecture).to(device)
