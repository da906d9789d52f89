"""Checks a model before it is traced, and refuses what cannot be read as a network, with the remedy."""

import sys

from torch import jit, nn
from torch.nn.modules import module as torch_module
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from lrp.network.graph import Network
from lrp.network.network_of import CanonizedModel

# Old reparametrizations, which compute a weight in a forward pre-hook, and what makes it an ordinary weight.
REPARAMETRIZED: dict[type, str] = {
    SpectralNorm: "torch.nn.utils.remove_spectral_norm",
    WeightNorm: "torch.nn.utils.remove_weight_norm",
    prune.BasePruningMethod: "torch.nn.utils.prune.remove",
}
REPLACEABLE = ("forward", "_conv_forward", "_call_impl")  # methods of a layer of torch that may be replaced on an instance


def check_model(model: object) -> None:
    """Raises TypeError if `model` is no module, or computes values that torch.fx and the layers here would not see."""
    if not isinstance(model, nn.Module):
        raise TypeError(_not_a_module(model))
    _check_wrapper(model, "the model")
    for path, module in model.named_modules():
        place = path or "the model"
        _check_wrapper(module, place)
        _check_values(module, place)
        if module is model or _is_leaf(module):
            _check_replaced(module, place)
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        raise TypeError("a forward hook for all modules is registered, which may change values; remove it by its handle first")


def _not_a_module(model: object) -> str:
    if isinstance(model, dict):
        return "model must be a torch.nn.Module, got a state dict; build the model and give it to its load_state_dict first"
    if isinstance(model, CanonizedModel):
        return "model must be a torch.nn.Module, got a Backbone; its .network is canonized already, its .model can be again"
    if isinstance(model, Network):
        return "model must be a torch.nn.Module, got a Network, which is canonized already; use it as it is"
    return f"model must be a torch.nn.Module, got {type(model).__name__}"


def _check_wrapper(module: nn.Module, place: str) -> None:
    name = type(module).__name__
    if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
        raise TypeError(f"{place} is wrapped in {name}; give the module inside it, its .module")
    if _is_compiled(module):
        raise TypeError(f"{place} was compiled by torch.compile; give the module that was compiled, its ._orig_mod")
    if getattr(module, "_compiled_call_impl", None) is not None:
        raise TypeError(f"{place} was compiled in place by .compile(); give a model that is not compiled, with the same weights")
    if isinstance(module, jit.ScriptModule):
        raise TypeError(f"{place} is TorchScript, which torch.fx cannot trace; give the Python model that it was made from")
    if "quantized" in type(module).__module__.split("."):
        raise TypeError(f"{place} is quantized ({name}); explain the floating-point model that it was made from")


def _is_compiled(module: nn.Module) -> bool:
    """Whether torch.compile made a module; the compiler is then loaded, which takes longer than loading torch itself."""
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    return isinstance(module, getattr(compiler, "OptimizedModule", ()))


def _check_values(module: nn.Module, place: str) -> None:
    """Refuses a module whose weights are computed when it is called, or do not exist yet."""
    if isinstance(module, LazyModuleMixin) and hasattr(module, "_initialize_hook"):
        raise TypeError(f"{place} is a {type(module).__name__} that has met no input yet; run a picture through the model once")
    if parametrize.is_parametrized(module):
        names = ", ".join(name for name, _ in module.get_submodule("parametrizations").named_children())
        raise TypeError(
            f"{place} is parametrized ({names}); bake that in with "
            "torch.nn.utils.parametrize.remove_parametrizations(module, name)"
        )
    for hook in module._forward_pre_hooks.values():
        for kind, remedy in REPARAMETRIZED.items():
            if isinstance(hook, kind):
                raise TypeError(
                    f"{place} computes its weight anew at each call ({type(hook).__name__}); bake it in with {remedy} first"
                )


def _check_replaced(module: nn.Module, place: str) -> None:
    """Refuses hooks and methods of one instance where nothing that is traced would run them."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise TypeError(f"{place} has a forward hook or pre-hook, which may change values; remove it by its handle first")
    if replaced := [name for name in REPLACEABLE if name in vars(module)]:
        raise TypeError(f"the {replaced[0]} of {place} was replaced; write a subclass with that forward instead")


def _is_leaf(module: nn.Module) -> bool:
    """Whether torch.fx takes a module as one step, without looking into its forward."""
    return type(module).__module__.startswith("torch.nn") and not isinstance(module, nn.Sequential)
