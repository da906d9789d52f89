"""Values of a graph of torch.fx that stand for tensors while code in Python adds nodes to it."""

from collections.abc import Callable
from typing import Any

from torch import fx

# What stands for a tensor of a traced graph, or for a number made of its shape. Arithmetic with one adds nodes to the graph.
Traced = Any


def call(function: Callable[..., Any], like: Traced, *args: Traced) -> Traced:
    """Returns what stands for `function(like, *args)`, which tracing does not look into; `like` must be traced."""
    if not isinstance(like, fx.Proxy):
        raise TypeError(f"a traced value must come first, got {type(like).__name__}")
    return like.tracer.create_proxy("call_function", function, (like, *args), {})
