"""The last line of defence: the first time that a network meets a picture, its logits are compared with its model's.

The model is held until then. Nothing is compared while it cannot take the picture or is in training mode, nor if it has been
changed since, which is seen by reading it again. Rounding is told from a
wrong computation in double precision, in which an ill-conditioned network agrees with its model still, and a wrong one does not.
"""

import copy
from collections.abc import Callable
from threading import RLock
from typing import Any

import torch
from torch import Tensor, fx, nn

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 1e-1}  # relative to the largest logit
IN_DOUBLE = 1e-7  # the same where both have been computed in double precision

Run = Callable[[Tensor], Tensor]


class FirstUse:
    """What is still to be compared of a network: its model, until that has been done once.

    read: makes a network of a model. values: every value of a network for a picture, by name. lock: held while torch.fx patches
    modules, and while a model runs, for a thread that traces would see its calls.
    """

    def __init__(
        self, model: nn.Module, read: Callable[[nn.Module], Run], values: Callable[[Any, Tensor], dict[str, Any]],
        trace: Callable[[nn.Module], tuple[nn.Module, fx.Graph]], lock: RLock,
    ) -> None:  # fmt: skip
        self._model: nn.Module | None = model
        self._read, self._values, self._trace, self._lock = read, values, trace, lock

    def check(self, network: Run, x: Tensor, logits: Tensor) -> None:
        """Compares once; raises ValueError, naming the first node that differs, at every call until the logits agree."""
        if self._model is None:
            return
        with self._lock, torch.no_grad():
            model = self._model
            if model is None or any(module.training for module in model.modules()) or torch.is_autocast_enabled(x.device.type):
                return
            x, logits = x.detach(), logits.detach()
            if not (len(x) > 1 and logits.dim() and len(logits) == len(x) and self._agree(model, x[:1], logits[:1])):
                theirs = _logits(model, x)
                if theirs is None:
                    return  # the model cannot take this picture, perhaps the next
                if not close(logits, theirs, TOLERANCE.get(logits.dtype, 1e-4)):
                    self._judge(model, network, x)
            self._model = None

    def _agree(self, model: nn.Module, x: Tensor, logits: Tensor) -> bool:
        theirs = _logits(model, x)
        return theirs is not None and close(logits, theirs, TOLERANCE.get(logits.dtype, 1e-4))

    def _judge(self, model: nn.Module, network: Run, x: Tensor) -> None:
        """Raises ValueError if the difference is neither rounding nor a change of the model since it was read."""
        ours = network(x)
        again, once_more = self._read_again(model, x), self._read_again(model, x)
        if again is None or once_more is None:
            return  # today it would be refused or run otherwise, so it has been changed
        steady = torch.equal(again.nan_to_num(), once_more.nan_to_num())
        if steady and not close(again, ours, TOLERANCE.get(ours.dtype, 1e-4)):
            return
        exact, given = _in_double(model, x)
        place = None
        if exact is not None and steady:
            theirs, reading = _logits(exact, given), self._read_again(exact, given)
            if theirs is not None and reading is not None:
                if close(reading, theirs, IN_DOUBLE):
                    return
                place = self._first_difference(exact, given)
        where = f"first at {place}" if place else "though no single node does: torch.fx does not see all that its forward does"
        theirs = _logits(model, x)
        gap = float("nan") if theirs is None or theirs.shape != ours.shape else float((ours - theirs).abs().max())
        raise ValueError(
            f"the network computes other logits than its model, {type(model).__name__}, by up to {gap:.3g}, {where}; explain a "
            "model without what is computed there, or with a forward that depends on its input alone"
        )

    def _read_again(self, model: nn.Module, x: Tensor) -> Tensor | None:
        try:
            return self._read(model)(x)
        except (TypeError, ValueError, RuntimeError):
            return None

    def _first_difference(self, model: nn.Module, x: Tensor) -> str | None:
        """The first node of the network whose value is none that the traced model has there, before or after a BatchNorm."""
        try:
            root, graph = self._trace(model)
            expected = _Recorder(fx.GraphModule(root, graph))
            expected.run(x.clone())
            values = self._values(self._read(model), x)
        except Exception:  # a place in words is all that is wanted; the difference is an error already
            return None
        for name, value in values.items():
            wanted = expected.seen.get(name)
            if wanted and isinstance(value, Tensor) and not any(close(value, other, IN_DOUBLE) for other in wanted):
                return name
        return None


class _Recorder(fx.Interpreter):
    """Runs a traced model and keeps, for each node, its value and what a BatchNorm that alone reads it makes of that."""

    def __init__(self, model: fx.GraphModule) -> None:
        super().__init__(model, garbage_collect_values=False)
        self.seen: dict[str, list[Tensor]] = {}

    def run_node(self, node: fx.Node) -> Any:
        value = super().run_node(node)
        if isinstance(value, Tensor):
            self.seen.setdefault(node.name, []).append(value.clone())
            if node.op == "call_module" and "BatchNorm" in type(self.fetch_attr(str(node.target))).__name__:
                for source in node.all_input_nodes:
                    self.seen.setdefault(source.name, []).append(value.clone())
        return value


def close(ours: Tensor, theirs: Tensor, tolerance: float) -> bool:
    """Whether two tensors differ by at most `tolerance` of the largest value that is finite; what is not must be alike."""
    if ours.shape != theirs.shape:
        return False
    finite = theirs.isfinite()
    if not torch.equal(finite, ours.isfinite()) or not torch.equal(theirs[~finite].nan_to_num(), ours[~finite].nan_to_num()):
        return False
    ours, theirs = ours[finite].double(), theirs[finite].double()
    return theirs.numel() == 0 or bool((ours - theirs).abs().max() <= tolerance * theirs.abs().max())


def _logits(model: nn.Module, x: Tensor) -> Tensor | None:
    """What a model makes of a copy of `x`, which it may write over; None if it cannot take it."""
    try:
        logits = model(x.clone())
    except Exception:  # whatever a stranger's forward raises
        return None
    return logits if isinstance(logits, Tensor) else None


def _in_double(model: nn.Module, x: Tensor) -> tuple[nn.Module | None, Tensor]:
    """A copy of the model and the picture in double precision; None if the model cannot be copied."""
    try:
        return copy.deepcopy(model).double(), x.double()
    except Exception:  # such as tensors that carry a graph, or a device without doubles
        return None, x
