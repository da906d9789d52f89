"""One explanation on a Ray cluster, for servers whose visitors ask for maps that take long."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.files.regular_file import OutputError
from lrp.jobs.batch import Explanation, explain_batch
from lrp.jobs.ray_cluster import AUTO, ClusterError, cluster
from lrp.jobs.ray_workers import reason_of
from lrp.jobs.sent_network import SentNetwork
from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.models.network_source import NetworkSource
from lrp.models.weights import WeightsError
from lrp.progress import Progress
from lrp.walk.objectives import Objective

REPORT = 0.5  # seconds between two reports of a worker

Step = float | Explanation | str  # the share that is done; at the end what was found, or the sentence that says why it is not


@dataclass(frozen=True, eq=False)
class MapPlan:
    """An explanation as values that can be sent.

    network: which explains. sha256, head: of that network, by which a worker knows whether it has the same one. x: (1, C, H, W),
    what the network is given. threads: of torch, as many as here, for some sums depend on it.
    """

    network: SentNetwork
    sha256: str
    head: str
    x: Tensor
    objective: Objective
    method: Method
    threads: int

    @classmethod
    def of(cls, backbone: Backbone, source: NetworkSource, x: Tensor, objective: Objective, method: Method) -> "MapPlan":
        """Returns the plan of an explanation in a network that comes from `source`."""
        network = SentNetwork.of(backbone, source)
        return cls(network, backbone.sha256, backbone.head, x.cpu(), objective, method, torch.get_num_threads())

    def explanation(self, progress: Progress | None) -> Explanation:
        """Explains it. Raises ClusterError where the network is another one, and as `explain_batch` does."""
        backbone = self.network.load()
        if (backbone.sha256, backbone.head) != (self.sha256, self.head):
            raise ClusterError("A worker has another network than this server; give all machines the same weights there.")
        x = self.x.to(backbone.device)
        (explained,) = explain_batch(backbone, x, self.objective, [self.method], progress).explanations
        return explained._replace(result=_alone(explained.result))


def explain_map_on_ray(plan: MapPlan, address: str = AUTO) -> Generator[float | Explanation, None, None]:
    """Explains it on one machine of a Ray cluster; yields the share that is done, 0 to 1, and at last the explanation.

    Of that only the relevance, logits and numbers come back. The work takes the processors of as many threads as the plan names,
    or of the largest machine if it has fewer, and an accelerator where there is one. Raises ClusterError as `cluster` does, and
    with the sentence of a worker that cannot do it.
    """
    with cluster(address) as ray:
        most = max(int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"])
        gpus = int(plan.network.source.device != "cpu" and ray.cluster_resources().get("GPU", 0) >= 1)
        threads = max(1, min(plan.threads, most))
        work = ray.remote(num_cpus=threads, num_gpus=gpus, max_retries=0, num_returns="streaming")(steps_of)
        for reference in work.remote(plan, threads):
            step = ray.get(reference)
            if isinstance(step, str):
                raise ClusterError(step)
            yield step


def steps_of(plan: MapPlan, threads: int) -> Iterator[Step]:
    """What a worker does: yields the share that is done twice a second, and at last the explanation or a sentence."""
    torch.set_num_threads(threads)
    told = [0.0]
    with ThreadPoolExecutor(1) as own:
        made = own.submit(plan.explanation, lambda share: told.__setitem__(0, share))
        while not wait([made], REPORT).done:
            yield told[0]
    try:
        yield made.result()
    except (OutputError, OSError, ValueError, WeightsError) as error:
        yield reason_of(error)


def _alone(result: Attribution) -> Attribution:
    """A result without the network, on the processor."""
    moved = {name: value.cpu() for name in ("relevance", "logits", "explained", "n_steps", "map_error")
             if (value := getattr(result, name)) is not None}  # fmt: skip
    return replace(result, **moved, by_layer={}, panels=(), explained_input=None)
