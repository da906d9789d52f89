"""Makes a backbone of a module that is in memory."""

import hashlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from lrp.heads import SOFTMAX, check_head, head_of
from lrp.models.backbone import Backbone
from lrp.models.class_names import checked_names, placeholders, placeholders_in_words
from lrp.models.fit_report import ONE_OUTPUT, FitReport
from lrp.models.preparation import preparation_of
from lrp.network.attention_blocks import has_attention, residual_modules
from lrp.network.canonize import canonize
from lrp.network.forward_pass import Trace, trace

USUAL_SIDE = 224  # pixels
MOST_STAGES = 8


def backbone_of_model(
    model: nn.Module, categories: Sequence[str] | None, said: Mapping[str, object], head: str, name: str
) -> Backbone:
    """Returns the backbone of a module in eval mode, after comparing its logits with the module's for noise of its size.

    said: as `preparation_of` takes it. name: to display; "" for that of its class. Raises as `canonize` does, and ValueError for
    settings that cannot be.
    """
    check_head(head)
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    how, missing = preparation_of(said, first.in_channels if first else 3, USUAL_SIDE)
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (how.mean, how.std))
    network = canonize(model, low=-mean / std, high=(1 - mean) / std, head=head)
    generator = torch.Generator().manual_seed(0)
    noise = (torch.rand(1, len(how.mean), how.height, how.width, generator=generator) - mean) / std
    walked = trace(network, noise.to(network.device, network.given or network.dtype))
    count = walked.logits[0].numel()
    kind = head_of(head, count)
    names = placeholders(count, kind) if categories is None else checked_names(list(categories), count)
    if categories is None:
        missing["categories"] = placeholders_in_words(names)
    if count == 1 and head == SOFTMAX.name:  # which one output cannot be
        missing["head"] = ONE_OUTPUT
    title = name or type(model).__name__
    inferred = (f"{title}: {kind.count_text(count)}, {len(how.mean)} channel{'s' * (len(how.mean) > 1)}", how.in_words())
    size = min(how.height, how.width)
    shape = None if how.height == how.width else (how.height, how.width)
    return Backbone(
        0, f"a {type(model).__name__} in memory", model, network, names, size, how.margin, mean, std, state_sha256(model), "own",
        how.interpolation, title, stages_of(walked), shape, how.squash, FitReport(inferred, (), tuple(missing.values())),
    )  # fmt: skip


def stages_of(walked: Trace) -> tuple[str, ...]:
    """Returns the modules, or nodes outside of any, that end a resolution of feature maps, in order; the last few of them.

    Of a transformer, its blocks.
    """
    network, ends = walked.network, dict[tuple[int, ...], str]()
    if has_attention(network) and (blocks := residual_modules(network)):
        return tuple(dict.fromkeys(node.path for node in network.nodes if node.path in blocks))[-MOST_STAGES:]
    for node in network.nodes:
        value = walked.values[node.name]
        if isinstance(value, Tensor) and value.dim() == 4 and value.shape[2:].numel() > 1:
            ends[tuple(value.shape[2:])] = node.name
    names = [_module_that_ends_in(walked, name) for name in ends.values()]
    first = next((node.name for node in network.nodes), "")
    return tuple(dict.fromkeys(names if len(names) > 1 else [first, *names]))[-MOST_STAGES:]


def _module_that_ends_in(walked: Trace, name: str) -> str:
    """The largest module whose last node is the one called `name`; the node itself if none is."""
    network = walked.network
    parts = network.find(name).path.split(".")
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        if module and network.find(module).name == name:
            return module
    return name


def state_sha256(model: nn.Module) -> str:
    """Returns the SHA-256 of the names and numbers of a module's state dict."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode(errors="backslashreplace"))
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
