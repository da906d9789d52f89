"""Removes writes in place from a traced graph: whoever reads the written memory later reads the result instead.

A write to one value is seen by all that share its memory. Where the memory is shared only sometimes (contiguous, reshape), or
only a part of what is read later is written, a graph does not tell what is read, and the model is refused.
"""

import operator

from torch import fx
from torch.fx.node import Argument, Target

from lrp.network.fx_nodes import Modules
from lrp.network.rewrites.aliases import Alias, alias_of, is_tuple_of_parts


def remove_writes(graph: fx.Graph, modules: Modules, writes: set[fx.Node]) -> None:
    """Rewrites `graph` so that all who later read memory that `writes` wrote to read the results, computed without writing.

    Raises TypeError where the graph does not tell what they read.
    """
    memory = _Memory(graph, modules)
    for node in graph.nodes:
        memory.computed.add(node)
        source = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
        if node in writes and source is not None:
            _Write(memory, node, source).redirect_readers()
        elif source is not None and node not in memory.sources and (alias := alias_of(node, modules)):
            memory.sources[node] = source, alias


class _Memory:
    """Which values of a graph share memory, as far as the graph has been gone through."""

    def __init__(self, graph: fx.Graph, modules: Modules) -> None:
        self.graph = graph
        self.modules = modules
        self.computed: set[fx.Node] = set()
        self.sources: dict[fx.Node, tuple[fx.Node, Alias]] = {}  # a value -> the value whose memory it shares, and how

    def lineage(self, value: fx.Node) -> list[fx.Node]:
        """Returns a value, the value whose memory it shares, and so on up to the one that owns the memory."""
        line = [value]
        while line[-1] in self.sources:
            line.append(self.sources[line[-1]][0])
        return line


class _Write:
    """One write to `target` whose result is the value of `node`."""

    def __init__(self, memory: _Memory, node: fx.Node, target: fx.Node) -> None:
        self.memory = memory
        self.node = node
        self.target = target
        self.line = memory.lineage(target)
        self.last = node  # the last node inserted, after which the next one goes
        self.written = {target: node}  # a value -> the node with what it is after the write

    def redirect_readers(self) -> None:
        """Lets later readers of the shared memory read what was written."""
        computed = self.memory.computed
        sharing = [value for value in self.memory.graph.nodes if value in computed and self._shares_memory(value)]
        for value in sharing:
            later = [user for user in value.users if user not in computed]
            if value in self.line[1:] and is_tuple_of_parts(value):
                later = self._redirect_members(value, later)
            if later:
                new = self._after(value)
                value.replace_all_uses_with(new, set(later).__contains__)

    def _shares_memory(self, value: fx.Node) -> bool:
        return self.memory.lineage(value)[-1] is self.line[-1]

    def _written_part_of(self, whole: fx.Node) -> fx.Node:
        """Returns the value in the line from `target` up that was made from `whole`."""
        return self.line[self.line.index(whole) - 1]

    def _redirect_members(self, whole: fx.Node, later: list[fx.Node]) -> list[fx.Node]:
        """Redirects readers of the written member of a tuple; returns the later readers that do not just take one member."""
        member = self._written_part_of(whole)
        takers = [user for user in later if user.target is operator.getitem and isinstance(user.args[1], int)]
        for user in takers:
            if user.args[1] == member.args[1]:
                user.replace_all_uses_with(self._after(member))
        return [user for user in later if user not in takers]

    def _after(self, value: fx.Node) -> fx.Node:
        """Returns the node with what `value` is after the write."""
        if value not in self.written:
            self.written[value] = self._whole_after(value) if value in self.line else self._view_after(value)
        return self.written[value]

    def _whole_after(self, whole: fx.Node) -> fx.Node:
        """Returns the node with what a value is after all of its memory was written to in another shape."""
        part = self._written_part_of(whole)
        new, alias = self._after(part), self.memory.sources[part][1]
        if alias is Alias.IDENTITY:
            return new
        if alias is Alias.RESHAPE:
            size = self._insert("call_function", getattr, (whole, "shape"), whole)
            inserted = self._insert("call_method", "reshape", (new, size), whole)
        elif alias is Alias.SWAP:
            inserted = self._insert("call_method", "transpose", (new, *part.args[1:]), whole)
        elif alias is Alias.PERMUTE and (order := _permuted_axes(part)) is not None:
            inverse = [order.index(axis) for axis in range(len(order))]
            inserted = self._insert("call_method", "permute", (new, *inverse), whole)
        else:
            raise self._ambiguous(whole)
        self.memory.sources[new] = inserted, alias
        return inserted

    def _view_after(self, value: fx.Node) -> fx.Node:
        """Returns the node with what a view is after the write to the value that it shares memory with."""
        source, alias = self.memory.sources[value]
        if is_tuple_of_parts(source) and source in self.line and value.args[1] != self._written_part_of(source).args[1]:
            return value  # another member of the tuple, which shares nothing with the one written to
        if alias is Alias.SOMETIMES:
            raise self._ambiguous(value)
        new = self._after(source)
        if alias is Alias.IDENTITY:
            return new
        if new is source:
            return value
        inserted = self._insert(value.op, value.target, (new, *value.args[1:]), value)
        inserted.kwargs = value.kwargs
        if value in self.memory.modules:
            self.memory.modules[inserted] = self.memory.modules[value]
        self.memory.sources[inserted] = new, alias
        return inserted

    def _insert(self, op: str, target: Target, args: tuple[Argument, ...], like: fx.Node) -> fx.Node:
        """Inserts a node after the last one inserted, as part of the module that `like` belongs to."""
        with self.memory.graph.inserting_after(self.last):
            self.last = self.memory.graph.create_node(op, target, args)
        self.last.meta = dict(like.meta)
        self.memory.computed.add(self.last)
        return self.last

    def _ambiguous(self, value: fx.Node) -> TypeError:
        return TypeError(
            f"{self.node.name} writes in place over {self.target.name}, which may share memory with {value.name} that is read "
            "later, and a graph cannot tell which values are then read; let it write to a value of its own (inplace=False, or no "
            "underscore), or .clone() first"
        )


def _permuted_axes(node: fx.Node) -> list[int] | None:
    """Returns the order of the axes that a permute asks for; None if it is not known."""
    given = node.args[1:] or tuple(node.kwargs.values())
    order = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    axes = [axis for axis in order if isinstance(axis, int)]
    return [axis % len(axes) for axis in axes] if len(axes) == len(order) else None
