"""Networks that a visitor brings: read in the sandbox, fitted, and kept for this visit within a bound for all visitors."""

import os
import threading
import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

from lrp import Backbone, WeightsError
from lrp.files.plain_text import plain_name
from lrp.models.fitted import Fitted, read_fitted
from lrp.progress import BytesProgress
from pages.parts.choose.displayed_names import with_displayed_names
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.work.device import server_device
from pages.parts.work.network_key import mark_private

MAX_UPLOAD = 500_000_000  # bytes of a checkpoint
MAX_NETWORK_BYTES = 1_500_000_000  # bytes of the networks that all visitors have brought
MAX_MULTIPLICATIONS = 100e9  # of one pass, about two seconds of a core; a ResNet-152 at 512 x 512 pixels takes 60 billion
MAX_BROUGHT = 3  # networks of one visit, such as one before and one after training
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


BROUGHT = LazySessionValue("own networks", dict[str, BroughtNetwork])  # those that the visitor uses, by name, the newest last
TRIED = SessionValue[BroughtNetwork]("tried network")  # the one whose report is shown
_all_brought: weakref.WeakSet[BroughtNetwork] = weakref.WeakSet()  # a visit that ends lets go of its own
_lock = threading.Lock()


def uploads_allowed() -> bool:
    """Whether visitors may bring networks: LRP_NETWORK_UPLOADS is not 0, as it is on the open web unless the operator sets it."""
    return os.environ.get("LRP_NETWORK_UPLOADS", "1") != "0"


def read_brought(
    data: bytes, file_name: str, given: Mapping[str, object], names: tuple[str, bytes] | None, taken: Collection[str] = (),
    progress: BytesProgress | None = None,
) -> BroughtNetwork:
    """Returns the network in an uploaded file. given: settings of `lrp.load_network`; names: a file of class names.

    taken: names of networks that it must not have. progress: as in `lrp.load_network`. Raises WeightsError and ValueError with
    one sentence for what cannot be used, and for more than this server keeps.
    """  # fmt: skip
    if len(data) > MAX_UPLOAD:
        raise WeightsError(f"A checkpoint may have {MAX_UPLOAD // 10**6} MB, and this one has {len(data) / 1e6:.0f}.")
    own_name = plain_name(file_name)
    with TemporaryDirectory(prefix="lrp-") as folder:
        # Named after the upload, for sentences; its suffix decides nothing.
        path = Path(folder, "network", Path(own_name).name[-100:] or "network")
        path.parent.mkdir()
        path.write_bytes(data)
        categories = None
        if names is not None:
            (place := Path(folder, "names")).mkdir()  # so that it may be called as the network
            categories = place / (Path(plain_name(names[0])).name[-100:].strip(".") or "names")
            categories.write_bytes(names[1])
        fitted = read_fitted(path, {**given, **({} if categories is None else {"categories": categories})}, progress)
        _check_cost(fitted)
        found = fitted.backbone().to(server_device())
    name = _free_name(own_name, taken)
    return _admit(BroughtNetwork(name, with_displayed_names(found, name)))


def _check_cost(fitted: Fitted) -> None:
    """Raises WeightsError for a network of which every quick map would keep the server for seconds."""
    count = fitted.report.multiplications
    if count > MAX_MULTIPLICATIONS:
        raise WeightsError(
            f"One pass of this network over a picture of {fitted.preparation.height} x {fitted.preparation.width} pixels takes "
            f"{count / 1e9:,.0f} billion multiplications, and this server takes networks of up to "
            f"{MAX_MULTIPLICATIONS / 1e9:.0f} billion; give a smaller size, or use the command line."
        )


def use_brought(network: BroughtNetwork) -> None:
    """Adds the network to those of this visit, of which the oldest makes room."""
    brought = BROUGHT.get()
    brought[network.name] = network
    while len(brought) > MAX_BROUGHT:
        del brought[next(iter(brought))]


def _free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number where another network has it."""
    stem, suffix = Path(name).stem, Path(name).suffix
    return next(each for each in chain([name], (f"{stem} ({number}){suffix}" for number in count(2))) if each not in taken)


def _admit(network: BroughtNetwork) -> BroughtNetwork:
    with _lock:
        if sum(other.size for other in _all_brought) + network.size > MAX_NETWORK_BYTES:
            raise WeightsError(NO_ROOM)
        _all_brought.add(network)
    mark_private(network.backbone)
    return network
