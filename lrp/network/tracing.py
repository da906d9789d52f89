"""From a model to a graph: its forward as torch.fx follows it."""

import copy

from torch import fx, nn

from lrp.network.tracer import Tracer, row_of


def trace_model(model: nn.Module) -> tuple[nn.Module, fx.Graph]:
    """Returns `model` as it was traced by torch.fx, and the graph, whose nodes name parts of it.

    Raises TypeError if its forward depends on values, not on shapes alone.
    """
    # A copy, its parts shared, gets what the tracer adds to a model. A graph alone, not a GraphModule, holds no weights.
    root = nn.Sequential(model) if row_of(model) else copy.copy(model)
    try:
        tracer = Tracer()
        graph = tracer.trace(root)
        vars(tracer).clear()  # its closures refer to each other and, through it, to all weights
        return root, graph
    except (fx.proxy.TraceError, TypeError, RuntimeError) as error:
        reason = str(error).partition(". ")[0].rstrip(".")
        raise TypeError(
            f"{type(model).__name__} cannot be traced by torch.fx ({reason}); rewrite its forward without branches or loops that "
            "depend on the input"
        ) from error
