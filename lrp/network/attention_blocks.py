"""The blocks of a transformer: which residual connection closes each, and whether attention or an MLP is beside it."""

from lrp.network.attention import MatrixProduct
from lrp.network.graph import Network, Node
from lrp.network.layers import Sum

ATTENTION, MLP = "attention", "MLP"


def has_attention(network: Network) -> bool:
    """Returns whether the softmax of some activations weighs others in the network."""
    return any(attends(node) for node in network.nodes)


def attention_modules(network: Network) -> frozenset[str]:
    """Returns the paths of the modules that compute attention, such as "blocks.0.attn"."""
    return frozenset(node.path for node in network.nodes if attends(node) and node.path)


def residual_modules(network: Network) -> frozenset[str]:
    """Returns the paths of the modules with a residual connection, such as "blocks.0"."""
    return frozenset(node.path for node in network.nodes if type(node.layer) is Sum and len(node.inputs) == 2 and node.path)


def innermost(path: str, modules: frozenset[str]) -> str:
    """Returns the longest of the module paths that `path` lies in or is; "" where it lies in none."""
    parts = path.split(".")
    whole = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((module for module in whole if module in modules), "")


def branch_kind(network: Network, main: str, skip: str) -> str:
    """Returns what lies on the branch from the node `skip` to `main`: ATTENTION or MLP; "" in a network without attention."""
    if not has_attention(network):
        return ""
    nodes = {node.name: node for node in network.nodes}
    pending, seen = [main], {skip}
    while pending:
        name = pending.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        if attends(nodes[name]):
            return ATTENTION
        pending.extend(nodes[name].inputs)
    return MLP


def attends(node: Node) -> bool:
    """Returns whether a node is the product of attention and what it weighs."""
    return isinstance(node.layer, MatrixProduct) and node.layer.attention is not None
