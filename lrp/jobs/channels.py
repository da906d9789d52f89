"""The relevance of each channel of a layer, which a job can keep beside the maps: it does not depend on the place."""

from PIL import Image
from torch import Tensor

from lrp.jobs.batch import BatchResult
from lrp.methods.method import uses_rules
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import Trace, trace
from lrp.walk.channels import channel_relevance, sum_over_places

Channels = dict[str, Tensor]  # method -> (N, K)


def last_layer(backbone: Backbone) -> str:
    """Returns the module whose channels tell most of what is seen: the last one that has places."""
    return backbone.stages[-1]


def count_channels(backbone: Backbone, layer: str) -> int:
    """Returns how many channels a layer has. Raises ValueError as `lrp.walk.channels.channel_relevance` does."""
    side = max(backbone.shape or (backbone.size,))
    forward = trace(backbone, backbone.preprocess(Image.new("RGB", (side, side))))
    node = backbone.network.find(layer)
    values = forward.values[node.name]
    if not isinstance(values, Tensor):
        raise ValueError(f"relevance per channel needs a layer with channels, got {layer}")
    return sum_over_places(forward, node, values).shape[1]


def measured_channels(forward: Trace, result: BatchResult, layer: str) -> Channels:
    """Returns the relevance of each channel of a layer in each picture, by each method of LRP.

    Of the picture as it is, also where a method's map is a mean over shifted views. forward: the pass that `result` explains.
    """
    found: Channels = {}
    for method, _, _ in result.explanations:
        if uses_rules(method):
            rules = method.rules(forward.network, result.objective)
            found[method.name] = channel_relevance(forward, result.objective, rules, layer).float().cpu()
    return found
