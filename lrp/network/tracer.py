"""Follows a model's forward as torch.fx does, and a little further."""

import dis
import inspect
import operator
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from torch import fx, nn

from lrp.network.operations.spelling import spellings
from lrp.network.operations.table import MODULES
from lrp.network.rewrites.batch_norm import BATCH_NORMS

CHUNKS = frozenset(spellings("chunk", "tensor_split"))
SPLITS = frozenset(spellings("split", "split_with_sizes"))
PARTS = ("chunks", "split_size_or_sections", "split_size", "split_sizes", "indices_or_sections", "sections", "indices")


def row_of(module: nn.Module) -> type[nn.Module] | None:
    """The class in whose row a module is described: its own, or BatchNorm where a class of its own leaves that as it is."""
    own = type(module)
    plain = [kind for kind in BATCH_NORMS if isinstance(module, kind) and own.forward is kind.forward]
    return own if own in MODULES else next(iter(plain), None)


def _written_over(name: str) -> Callable[[fx.Proxy, Any], fx.Proxy]:
    """What `a += b` and its like are traced as: torch.fx alone takes them for `a = a + b`, which no alias of `a` would see."""

    def write(self: fx.Proxy, other: Any) -> fx.Proxy:
        return self.tracer.create_proxy("call_function", getattr(operator, f"i{name}"), (self, other), {}, name=name)

    return write


class Value(fx.Proxy):
    """Stands for a value of the traced model."""

    __iadd__, __isub__, __imul__, __itruediv__ = map(_written_over, ("add", "sub", "mul", "truediv"))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("it writes to a part of a tensor, as h[:, 0] = 0 does; let it compute that part anew, by torch.cat")

    def __len__(self) -> int:
        """The length, where it is known. Raises TypeError elsewhere, so that what only asks for a hint goes on."""
        length = _length(self.node)
        if length is None:
            raise TypeError("len() is not known before the model meets a picture, use .shape or .ndim")
        return length


class Tracer(fx.Tracer):
    """A tracer that does not look into modules with a row in lrp/network/operations/table.py, and takes defaults as they are.

    Asserts hold, and what surely has so many parts can be iterated over.
    """

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module is one step of the graph."""
        return row_of(m) is not None or super().is_leaf_module(m, module_qualified_name)

    def create_args_for_root(
        self, root_fn: Callable[..., Any], is_module: bool, concrete_args: Any = None
    ) -> tuple[Any, list[Any]]:
        """What the root is called with: a placeholder for its input, and the default of every other argument that has one."""
        function, args = super().create_args_for_root(root_fn, is_module, concrete_args)
        found = [i for i, arg in enumerate(args) if isinstance(arg, fx.Proxy)]
        for i in found[1:]:
            node = args[i].node
            if node.args or node.target.startswith("*"):
                args[i] = node.args[0] if node.args else {} if node.target.startswith("**") else ()
                self.graph.erase_node(node)
        return function, args

    def proxy(self, node: fx.Node) -> fx.Proxy:
        """What stands for the value of a node while the model is traced."""
        return Value(node, self)

    def iter(self, obj: fx.Proxy) -> Iterator[Any]:
        """The parts of a tuple or a slice of a shape, where its length is known. Raises TraceError elsewhere."""
        length = _length(obj.node)
        return super().iter(obj) if length is None else iter([obj[i] for i in range(length)])  # type: ignore[index]

    def to_bool(self, obj: fx.Proxy) -> bool:
        """What keeps an assert from failing, which is for the model to check. Raises TraceError elsewhere."""
        frame = inspect.currentframe()
        caller = frame.f_back.f_back if frame and frame.f_back else None
        asserted = None if caller is None else _asserted(caller)
        return super().to_bool(obj) if asserted is None else asserted


def _length(node: fx.Node) -> int | None:
    """How many parts a value surely has; None if that depends on its input."""
    given = [*node.args[1:], *(value for name, value in node.kwargs.items() if name in PARTS)]
    if node.target in CHUNKS and isinstance(given[0], int):
        return given[0]
    if node.target in CHUNKS | SPLITS and isinstance(given[0], list | tuple):
        return len(given[0]) + (node.target in CHUNKS)
    if node.target is operator.getitem and isinstance(part := node.args[1], slice) and _tells_shape(node.args[0]):
        return _length_of_slice(part)
    return None


def _tells_shape(node: Any) -> bool:
    return isinstance(node, fx.Node) and (node.target == "size" or (node.target is getattr and node.args[1] == "shape"))


def _length_of_slice(part: slice) -> int | None:
    """The length of that slice of anything long enough, such as x.shape[:2] or x.shape[-2:]."""
    start, stop = part.start or 0, part.stop
    if not isinstance(start, int) or not isinstance(stop, int | None) or part.step not in (None, 1):
        return None
    if stop is None:
        return -start if start < 0 else None
    return max(stop - start, 0) if (start < 0) == (stop < 0) else None


def _asserted(frame: FrameType) -> bool | None:
    """The truth value with which the instruction that a frame is at passes an assert; None if it decides none."""
    instructions = list(dis.get_instructions(frame.f_code))
    place = {instruction.offset: i for i, instruction in enumerate(instructions)}
    here = place[frame.f_lasti]
    here += instructions[here].opname in ("TO_BOOL", "CONTAINS_OP")
    jump = instructions[here]
    if not jump.opname.startswith("POP_JUMP") or not jump.opname.endswith(("_IF_TRUE", "_IF_FALSE")):
        return None
    when = jump.opname.endswith("_IF_TRUE")
    if _raises(instructions, place, here + 1):
        return when
    return not when if _raises(instructions, place, place[jump.argval]) else None


def _raises(instructions: list[dis.Instruction], place: dict[int, int], here: int) -> bool:
    """Whether an AssertionError comes next, but for instructions that only clean up."""
    while instructions[here].opname in ("POP_TOP", "NOT_TAKEN", "JUMP_FORWARD"):
        jumps = instructions[here].opname == "JUMP_FORWARD"
        here = place[instructions[here].argval] if jumps else here + 1
    return instructions[here].opname == "LOAD_ASSERTION_ERROR" or instructions[here].argrepr == "AssertionError"
