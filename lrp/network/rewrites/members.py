"""Rewrites how queries, keys and values are taken out of one tensor, so that the first axis goes on counting the pictures."""

import operator

from torch import fx
from torch.fx.node import Argument

from lrp.network.operations.spelling import spellings

PERMUTE, UNBIND = frozenset(spellings("permute")), frozenset(spellings("unbind"))


def put_batch_first(graph: fx.Graph) -> None:
    """Rewrites x.permute(2, 0, ...)[i] as x.select(2, i).permute(0, ...), wherever nothing else reads the permuted tensor."""
    for node in list(graph.nodes):
        order = _order(node)
        if order is None or order[0] == 0:
            continue
        members = _members(node)
        if members is None:
            continue
        axis, *rest = order
        for member, index in members:
            with graph.inserting_before(member):
                one = graph.call_method("select", (node.args[0], axis, index))
                moved = graph.call_method("permute", (one, *(a - (a > axis) for a in rest)))
            for made in (one, moved):
                made.meta = dict(member.meta)
            member.replace_all_uses_with(moved)
        for read in reversed([*node.users, *(user for taker in node.users for user in taker.users)]):
            if not read.users:
                graph.erase_node(read)
        graph.erase_node(node)


def _order(node: fx.Node) -> list[int] | None:
    """Returns the order of axes that a permutation asks for; None for any other node."""
    if node.target not in PERMUTE or node.kwargs or not node.args:
        return None
    given: tuple[Argument, ...] = node.args[1:]
    order = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    axes = [axis for axis in order if isinstance(axis, int)]
    return [axis % len(axes) for axis in axes] if len(axes) == len(order) > 0 else None


def _members(node: fx.Node) -> list[tuple[fx.Node, int]] | None:
    """Returns the nodes that take one member along the first axis, each with its index; None if anything else is read."""
    found: list[tuple[fx.Node, int]] = []
    for user in node.users:
        takers = list(user.users) if _unbinds_first(user) else [user]
        for taker in takers:
            index = taker.args[1] if taker.target is operator.getitem and len(taker.args) == 2 else None
            if not isinstance(index, int) or taker.args[0] is not (user if _unbinds_first(user) else node):
                return None
            found.append((taker, index))
    return found


def _unbinds_first(node: fx.Node) -> bool:
    axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    return node.target in UNBIND and bool(axis == 0)
