"""The Ray cluster that this server may send long work to."""

import logging
import os

from torch import Tensor

from lrp import Backbone
from lrp.jobs.batch import Explanation
from lrp.jobs.ray_cluster import ClusterError
from lrp.jobs.ray_driver import explain_map_by_driver
from lrp.jobs.ray_map import MapPlan
from lrp.methods.method import Method
from lrp.models.network_folder import network_folder
from lrp.models.network_source import NetworkSource
from lrp.progress import Progress
from lrp.walk.objectives import Objective
from pages.parts.work.network_key import is_private

ADDRESS = "LRP_RAY_ADDRESS"  # the variable that names the cluster
LONG = 30.0  # seconds of a map from which it is sent: about twice what a worker takes until it begins
PUBLISHED = ("demo", "imagenet")

log = logging.getLogger("pages")


def cluster_address() -> str:
    """Returns the address of the cluster, "" where there is none."""
    return os.environ.get(ADDRESS, "")


def sends_map(network: Backbone, seconds: float) -> bool:
    """Whether a map that would take so long here is sent there: not of a network that one visitor has brought."""
    return bool(cluster_address()) and seconds >= LONG and not is_private(network)


def explain_on_cluster(
    network: Backbone, x: Tensor, objective: Objective, method: Method, progress: Progress | None
) -> Explanation | None:
    """Returns the explanation of x, (1, C, H, W), as a machine of the cluster computes it; None where that does not.

    progress: as `explain_map_by_driver` takes it.
    """
    try:
        plan = MapPlan.of(network, source_of(network), x, objective, method)
        return explain_map_by_driver(plan, cluster_address(), progress)
    except ClusterError as error:
        log.warning("a map that the cluster does not make is computed here: %s", error)
        return None


def source_of(network: Backbone) -> NetworkSource:
    """Returns where a worker finds a network that the pages offer: a published one, or one of the operator's folder.

    It computes on an accelerator where it has one, whatever this server has.
    """
    if network.weights in PUBLISHED:
        return NetworkSource(network.architecture, network.depth, network.weights, device="auto")
    folder = network_folder()
    assert folder is not None, network.weights
    return NetworkSource(network=str((folder / network.weights).resolve()), device="auto")
