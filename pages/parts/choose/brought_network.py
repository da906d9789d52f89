"""A network that a visitor brings: read in the sandbox, fitted, and kept for this visit within a bound for all visitors."""

import os
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from lrp import Backbone, WeightsError
from lrp.models.own_network import load_network
from lrp.plain_text import plain_name
from pages.parts.choose.displayed_names import with_displayed_names
from pages.parts.frame.state import SessionValue
from pages.parts.work.device import server_device
from pages.parts.work.network_key import keep_private

MAX_UPLOAD = 500_000_000  # bytes of a checkpoint
MAX_KEPT = 1_500_000_000  # bytes of the networks that all visitors have brought
NO_ROOM = "Other visitors have brought large networks; try again later."


@dataclass(frozen=True, eq=False)
class BroughtNetwork:
    """A network of one visit. name: of its file; size: bytes of its weights, twice, for the canonized copy has its own."""

    name: str
    backbone: Backbone
    size: int = field(init=False)

    def __post_init__(self) -> None:
        tensors = [*self.backbone.model.parameters(), *self.backbone.model.buffers()]
        object.__setattr__(self, "size", 2 * sum(tensor.nbytes for tensor in tensors))


BROUGHT = SessionValue[BroughtNetwork]("own network")  # the one that the visitor uses
TRIED = SessionValue[BroughtNetwork]("tried network")  # the one whose report is shown
_kept: weakref.WeakSet[BroughtNetwork] = weakref.WeakSet()  # a visit that ends lets go of its own
_lock = threading.Lock()


def uploads_allowed() -> bool:
    """Whether visitors may bring networks: LRP_NETWORK_UPLOADS is not 0, as it is on the open web unless the operator sets it."""
    return os.environ.get("LRP_NETWORK_UPLOADS", "1") != "0"


def read_brought(data: bytes, file_name: str, given: Mapping[str, object], names: tuple[str, bytes] | None) -> BroughtNetwork:
    """Returns the network in an uploaded file. given: settings of `lrp.load_network`; names: a file of class names.

    Raises WeightsError and ValueError with one sentence for what cannot be used, and for more than this server keeps.
    """
    if len(data) > MAX_UPLOAD:
        raise WeightsError(f"A checkpoint may have {MAX_UPLOAD // 10**6} MB, and this one has {len(data) / 1e6:.0f}.")
    name = plain_name(file_name)
    with TemporaryDirectory(prefix="lrp-") as folder:
        # Named after the upload, for sentences; its suffix decides nothing.
        path = Path(folder, Path(name).name[-100:] or "network")
        path.write_bytes(data)
        categories = None
        if names is not None:
            categories = Path(folder, f"classes{Path(names[0]).suffix.lower()[:5]}")
            categories.write_bytes(names[1])
        found = load_network(path, None, server_device(), None, categories=categories, **given)
    return _keep(BroughtNetwork(name, with_displayed_names(found, name)))


def _keep(network: BroughtNetwork) -> BroughtNetwork:
    with _lock:
        if sum(other.size for other in _kept) + network.size > MAX_KEPT:
            raise WeightsError(NO_ROOM)
        _kept.add(network)
    keep_private(network.backbone)
    return network
