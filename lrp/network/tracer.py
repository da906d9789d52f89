"""Traces a model's forward into a graph by torch.fx, which is taught a few more of Python's forms here."""

import copy
import inspect
import operator
from collections.abc import Iterator
from functools import partial

from torch import fx, nn
from torch.fx.node import Argument

from lrp.network.asserts import passing_value
from lrp.network.layers import Function
from lrp.network.operations.spelling import spellings
from lrp.network.operations.table import row_class
from lrp.network.rewrites.attention import multi_head_attention
from lrp.network.rewrites.padding import pads_like_tensorflow

CHUNKS = frozenset(spellings("chunk", "tensor_split"))
SPLITS = frozenset(spellings("split", "split_with_sizes"))
# The names under which those calls take the number or the sizes of the parts.
PART_ARGUMENTS = ("chunks", "split_size_or_sections", "split_size", "split_sizes", "indices_or_sections", "sections", "indices")


def traced_graph(model: nn.Module) -> tuple[nn.Module, fx.Graph]:
    """Returns `model` as it was traced by torch.fx, and the graph, whose nodes name parts of it.

    Raises TypeError if its forward depends on values, not on shapes alone.
    """
    # A copy, its parts shared, gets what the tracer adds to a model. A graph alone, not a GraphModule, holds no weights.
    root = nn.Sequential(model) if row_class(model) else copy.copy(model)
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


def _augmented_assignment(name: str) -> Function:
    """Returns what traces `a += b` as a write: torch.fx alone takes it for `a = a + b`, which no alias of `a` would see."""

    def write(self: fx.Proxy, other: object) -> fx.Proxy:
        return self.tracer.create_proxy("call_function", getattr(operator, f"i{name}"), (self, other), {}, name=name)

    return write


class TracedValue(fx.Proxy):
    """Stands for a value while a model is traced."""

    __iadd__ = _augmented_assignment("add")
    __isub__ = _augmented_assignment("sub")
    __imul__ = _augmented_assignment("mul")
    __itruediv__ = _augmented_assignment("truediv")

    def __setitem__(self, index: object, value: object) -> None:
        raise TypeError("it writes to a part of a tensor, as h[:, 0] = 0 does; let it compute that part anew, by torch.cat")

    def __len__(self) -> int:
        """Returns the length where it is known. Raises TypeError elsewhere, so that what only asks for a hint goes on."""
        length = _known_length(self.node)
        if length is None:
            raise TypeError("len() is not known before the model meets a picture, use .shape or .ndim")
        return length


class Tracer(fx.Tracer):
    """The tracer of torch.fx, which takes modules with a row in the tables of lrp/network/operations/ as one step.

    Arguments of the forward get their defaults, asserts are taken to hold, and what has a known number of parts can be
    iterated over.
    """

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module is one step of the graph."""
        if _is_attention(m):
            return False
        return row_class(m) is not None or pads_like_tensorflow(m) or super().is_leaf_module(m, module_qualified_name)

    def call_module(self, m: nn.Module, forward: Function, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Traces a call of a module; attention of torch in parts, which its own forward would not show."""
        if not isinstance(m, nn.MultiheadAttention) or not _is_attention(m):
            return super().call_module(m, forward, args, kwargs)
        try:
            return super().call_module(m, partial(multi_head_attention, m), args, kwargs)
        except TypeError as error:
            raise TypeError(f"{error} at {self.path_of_module(m)}") from None

    def create_args_for_root(
        self, root_fn: Function, is_module: bool, concrete_args: dict[str, object] | tuple[object, ...] | None = None
    ) -> tuple[Function, list[object]]:
        """Returns a placeholder for the input, and the default of every other argument that has one."""
        function, args = super().create_args_for_root(root_fn, is_module, concrete_args)
        placeholders = [i for i, arg in enumerate(args) if isinstance(arg, fx.Proxy)]
        for i in placeholders[1:]:
            node = args[i].node
            if node.args or node.target.startswith("*"):
                args[i] = node.args[0] if node.args else {} if node.target.startswith("**") else ()
                self.graph.erase_node(node)
        return function, args

    def proxy(self, node: fx.Node) -> fx.Proxy:
        """Returns what stands for the value of a node while the model is traced."""
        return TracedValue(node, self)

    def iter(self, obj: fx.Proxy) -> Iterator[object]:
        """Iterates over a tuple or a slice of a shape whose length is known. Raises TraceError elsewhere."""
        length = _known_length(obj.node)
        return super().iter(obj) if length is None else iter([operator.getitem(obj, i) for i in range(length)])

    def to_bool(self, obj: fx.Proxy) -> bool:
        """Returns what passes an assert, which is for the model to check. Raises TraceError elsewhere."""
        frame = inspect.currentframe()
        caller = frame.f_back.f_back if frame and frame.f_back else None
        passing = None if caller is None else passing_value(caller)
        return super().to_bool(obj) if passing is None else passing


def _is_attention(module: nn.Module) -> bool:
    return isinstance(module, nn.MultiheadAttention) and type(module).forward is nn.MultiheadAttention.forward


def _known_length(node: fx.Node) -> int | None:
    """Returns how many parts a value has, whatever the input is; None if that depends on it."""
    given = [*node.args[1:], *(value for name, value in node.kwargs.items() if name in PART_ARGUMENTS)]
    if node.target in CHUNKS and isinstance(given[0], int):
        return given[0]
    if node.target in CHUNKS | SPLITS and isinstance(given[0], list | tuple):
        return len(given[0]) + (node.target in CHUNKS)
    if node.target is operator.getitem and isinstance(part := node.args[1], slice) and _is_shape(node.args[0]):
        return _length_of_slice(part)
    return None


def _is_shape(argument: Argument) -> bool:
    if not isinstance(argument, fx.Node):
        return False
    return argument.target == "size" or (argument.target is getattr and argument.args[1] == "shape")


def _length_of_slice(part: slice) -> int | None:
    """Returns the length of that slice of anything long enough, such as x.shape[:2] or x.shape[-2:]."""
    start, stop = part.start or 0, part.stop
    if not isinstance(start, int) or not isinstance(stop, int | None) or part.step not in (None, 1):
        return None
    if stop is None:
        return -start if start < 0 else None
    return max(stop - start, 0) if (start < 0) == (stop < 0) else None
