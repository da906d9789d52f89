"""Takes attention apart into the products and the softmax that it is made of, for which there are rules."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.fx.node import Target

from lrp.network.fx_nodes import import_path, location, map_arguments
from lrp.network.rewrites.traced import Traced, call
from lrp.network.rewrites.window_attention import merge_patches, shifted_window_attention


def attend(
    query: Traced, key: Traced, value: Traced, attn_mask: Traced = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Traced:  # fmt: skip
    """Computes torch.nn.functional.scaled_dot_product_attention in parts. Raises TypeError for settings that have none."""
    if dropout_p or enable_gqa:
        raise TypeError(f"attention must have no dropout and as many keys as queries, got {dropout_p=}, {enable_gqa=}")
    if is_causal:
        attn_mask = query.new_ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    if attn_mask is not None:
        attn_mask = call(additive_mask, query.dtype, attn_mask)
    return _weights(query, key, attn_mask, scale) @ value


def _weights(query: Traced, key: Traced, added: Traced, scale: float | None = None) -> Traced:
    """Returns softmax(Q K^T scale + added)."""
    scores = (query * (query.shape[-1] ** -0.5 if scale is None else scale)) @ key.mT
    return torch.softmax(scores if added is None else scores + added, -1)


def additive_mask(dtype: torch.dtype, mask: Tensor) -> Tensor:
    """Returns a mask to add to scores: 0 where `mask` is True, minus infinity elsewhere; one of numbers as it is."""
    if mask.dtype != torch.bool:
        return mask.to(dtype)
    return torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, -math.inf)


def hiding_mask(dtype: torch.dtype, mask: Tensor) -> Tensor:
    """Returns the same for a mask that is True where nothing may be read, as that of nn.MultiheadAttention is."""
    return additive_mask(dtype, ~mask if mask.dtype == torch.bool else mask)


def multi_head_attention(
    module: nn.MultiheadAttention, query: Traced, key: Traced, value: Traced, key_padding_mask: Traced = None,
    need_weights: bool = True, attn_mask: Traced = None, average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Traced, Traced]:  # fmt: skip
    """Computes the forward of nn.MultiheadAttention in parts. Raises TypeError for settings that have none."""
    if module.bias_k is not None or module.add_zero_attn or key_padding_mask is not None:
        raise TypeError("attention must have no added keys and no padding mask")
    taken = [given if module.batch_first else given.transpose(0, 1) for given in (query, key, value)]
    projected = _projected(module, taken)
    q, k, v = (t.unflatten(-1, (module.num_heads, module.head_dim)).transpose(-3, -2) for t in projected)
    added = None if attn_mask is None else call(hiding_mask, query.dtype, attn_mask)
    weights = _weights(q, k, added)
    mixed = F.linear((weights @ v).transpose(-3, -2).flatten(-2), module.out_proj.weight, module.out_proj.bias)
    output = mixed if module.batch_first else mixed.transpose(0, 1)
    return output, (weights.mean(1) if average_attn_weights else weights) if need_weights else None


def _projected(module: nn.MultiheadAttention, taken: list[Traced]) -> list[Traced]:
    """Returns queries, keys and values, each by a layer of its own, which gets no relevance where its output does not."""
    size, bias = module.embed_dim, module.in_proj_bias
    parts = [slice(i * size, (i + 1) * size) for i in range(3)]
    weights = (
        [module.in_proj_weight[part] for part in parts]
        if module._qkv_same_embed_dim
        else [module.q_proj_weight, module.k_proj_weight, module.v_proj_weight]
    )
    biases = [None if bias is None else bias[part] for part in parts]
    return [F.linear(t, w, b) for t, w, b in zip(taken, weights, biases, strict=True)]


# What is taken apart, by the function or its import path.
PARTS: dict[Target, Callable[..., Traced]] = {
    F.scaled_dot_product_attention: attend,
    "torchvision.models.swin_transformer.shifted_window_attention": shifted_window_attention,
    "torchvision.models.swin_transformer._patch_merging_pad": merge_patches,
}


def expand_attention(graph: fx.Graph) -> None:
    """Rewrites each attention of `graph` as its parts. Raises TypeError, naming the place, for settings that have none."""
    for node in list(graph.nodes):
        parts = PARTS.get(node.target) or PARTS.get(import_path(node.target)) if node.op == "call_function" else None
        if parts is None:
            continue
        args, kwargs = map_arguments((node.args, node.kwargs), _AtNode(node).traced)
        try:
            with graph.inserting_before(node):
                output = parts(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{error} at {location(node)}") from None
        node.replace_all_uses_with(output.node)
        graph.erase_node(node)


class _AtNode(fx.proxy.GraphAppendingTracer):
    """Adds nodes to a graph, each as part of the module that the node `like` belongs to."""

    def __init__(self, like: fx.Node) -> None:
        super().__init__(like.graph)
        self._like = like

    def traced(self, argument: object) -> object:
        """Returns what stands for the value of a node; any other argument as it is."""
        return fx.Proxy(argument, self) if isinstance(argument, fx.Node) else argument

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        """Inserts a node."""
        node = super().create_node(*args, **kwargs)
        node.meta = dict(self._like.meta)
        return node
