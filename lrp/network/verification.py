"""Compares the logits of a network with its model's the first time that it is given a picture.

The model is kept in memory until then. Nothing is compared while it cannot take the picture or is in training mode, nor if it
has been changed since, which is found by reading it again. In double precision an ill-conditioned network still agrees with its
model and a wrong one does not, which tells rounding from a wrong computation.
"""

import copy
from collections.abc import Callable
from threading import RLock

import torch
from torch import Tensor, fx, nn

from lrp.network.layers import NodeValue
from lrp.network.module_kinds import BATCH_NORMS
from lrp.network.precision import in_double

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 1e-1}  # relative to the largest logit
DOUBLE_TOLERANCE = 1e-7  # the same where both were computed in double precision

Run = Callable[[Tensor], Tensor]


class FirstUseCheck:
    """The comparison of a network with its model, whose model is kept until it was done once."""

    def __init__(
        self, model: nn.Module, read: Callable[[nn.Module], Run], values: Callable[[nn.Module, Tensor], dict[str, NodeValue]],
        trace: Callable[[nn.Module], tuple[nn.Module, fx.Graph]], lock: RLock,
    ) -> None:  # fmt: skip
        """Keeps the model, and how to work with it.

        read: makes a network of a model. values: every value of such a network for a picture, by name. trace: the model as it
        was traced, and its graph. lock: held while torch.fx patches modules, and while a model runs, whose calls a thread that
        traces would record.
        """
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
                    return  # the model cannot take this picture, perhaps the next one
                if not close(logits, theirs, TOLERANCE.get(logits.dtype, 1e-4)):
                    self._raise_if_wrong(model, network, x)
            self._model = None

    @staticmethod
    def _agree(model: nn.Module, x: Tensor, logits: Tensor) -> bool:
        """Whether the model computes those logits for `x`."""
        theirs = _logits(model, x)
        return theirs is not None and close(logits, theirs, TOLERANCE.get(logits.dtype, 1e-4))

    def _raise_if_wrong(self, model: nn.Module, network: Run, x: Tensor) -> None:
        """Raises ValueError if the difference is neither rounding nor a change of the model since it was read."""
        ours = network(x)
        again, once_more = self._read_again(model, x), self._read_again(model, x)
        if again is None or once_more is None:
            return  # the model can no longer be read or run, so it has been changed
        deterministic = torch.equal(again.nan_to_num(), once_more.nan_to_num())
        if deterministic and not close(again, ours, TOLERANCE.get(ours.dtype, 1e-4)):
            return
        exact, exact_x = _in_double(model, x)
        place = None
        if exact is not None and deterministic:
            theirs, ours_exact = _logits(exact, exact_x), self._read_again(exact, exact_x)
            if theirs is not None and ours_exact is not None:
                if close(ours_exact, theirs, DOUBLE_TOLERANCE):
                    return
                place = self._first_difference(exact, exact_x)
        where = f"first at {place}" if place else "though no single node does: torch.fx does not see all that its forward does"
        theirs = _logits(model, x)
        gap = float("nan") if theirs is None or theirs.shape != ours.shape else float((ours - theirs).abs().max())
        raise ValueError(
            f"the network computes other logits than its model, {type(model).__name__}, by up to {gap:.3g}, {where}; explain a "
            "model without what is computed there, or with a forward that depends on its input alone"
        )

    def _read_again(self, model: nn.Module, x: Tensor) -> Tensor | None:
        """Returns the logits of a network made of the model as it is now; None if it can no longer be made or run."""
        try:
            return self._read(model)(x)
        except (TypeError, ValueError, RuntimeError):
            return None

    def _first_difference(self, model: nn.Module, x: Tensor) -> str | None:
        """Returns the first node of the network whose value the traced model has neither before nor after a BatchNorm."""
        try:
            root, graph = self._trace(model)
            recorder = _Recorder(fx.GraphModule(root, graph))
            recorder.run(x.clone())
            values = self._values(model, x)
        except Exception:  # this only adds the name of a node to a message; the difference is an error already
            return None
        for name, value in values.items():
            expected = recorder.seen.get(name)
            if expected and isinstance(value, Tensor) and not any(close(value, other, DOUBLE_TOLERANCE) for other in expected):
                return name
        return None


class _Recorder(fx.Interpreter):
    """Runs a traced model and keeps, for each node, its value and the outputs of the BatchNorms that read it."""

    def __init__(self, model: fx.GraphModule) -> None:
        super().__init__(model, garbage_collect_values=False)
        self.seen: dict[str, list[Tensor]] = {}

    def run_node(self, n: fx.Node) -> NodeValue:
        """Computes one node."""
        value = super().run_node(n)
        if isinstance(value, Tensor):
            self.seen.setdefault(n.name, []).append(value.clone())
            if n.op == "call_module" and isinstance(self.fetch_attr(str(n.target)), BATCH_NORMS):
                for source in n.all_input_nodes:
                    self.seen.setdefault(source.name, []).append(value.clone())
        return value


def close(ours: Tensor, theirs: Tensor, tolerance: float) -> bool:
    """Whether two tensors differ by at most `tolerance` of the largest finite value; values that are not finite must be equal."""
    if ours.shape != theirs.shape:
        return False
    finite = theirs.isfinite()
    if not torch.equal(finite, ours.isfinite()) or not torch.equal(theirs[~finite].nan_to_num(), ours[~finite].nan_to_num()):
        return False
    ours, theirs = (in_double(values[finite]) for values in (ours, theirs))
    return theirs.numel() == 0 or bool((ours - theirs).abs().max() <= tolerance * theirs.abs().max())


def _logits(model: nn.Module, x: Tensor) -> Tensor | None:
    """Returns the logits of a model for a copy of `x`, which it may write over; None if it cannot take `x`."""
    try:
        logits = model(x.clone())
    except Exception:  # whatever a stranger's forward raises
        return None
    return logits if isinstance(logits, Tensor) else None


def _in_double(model: nn.Module, x: Tensor) -> tuple[nn.Module | None, Tensor]:
    """Returns a copy of the model, or None if it cannot be copied, and the picture in double precision."""
    try:
        return copy.deepcopy(model).double(), x.double()
    except Exception:  # such as tensors that carry a graph, or a device without doubles
        return None, x
