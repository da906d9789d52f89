"""An accelerator that is none: tensors that claim to be on it compute on the processor, and mixing devices is an error.

It finds what a machine without an accelerator cannot: a tensor that was made on the processor where it should follow the
network, or one of the accelerator's that was read as an array without being moved first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map

PROCESSOR = torch.device("cpu")
FAKES = ("cuda", "mps")  # the second has no double precision
BY_INDEX = ("aten.index.", "aten.index_put", "aten._index_put_impl_")  # whose indices may lie on the processor, as on CUDA


class OnAccelerator(Tensor):
    """A tensor that claims to be on the accelerator; `inner` holds its values, on the processor."""

    place = torch.device("cuda", 0)
    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> "OnAccelerator":
        if cls.place.type == "mps" and inner.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64.")
        made: OnAccelerator = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype
        )
        made.inner = inner
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.place

    def __repr__(self) -> str:  # type: ignore[override]
        return f"OnAccelerator({self.inner!r})"

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"can't convert {self.place} device type tensor to numpy; use Tensor.cpu() to copy it to memory first")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return self.numpy()

    def untyped_storage(self) -> torch.UntypedStorage:
        return self.inner.untyped_storage()

    def tolist(self) -> Any:
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        """Runs an operation on the values, if all tensors are there; single numbers may lie on the processor, as on CUDA."""
        given = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, Tensor)]
        if str(func) != "aten.copy_.default":
            alike = given[:1] if str(func).startswith(BY_INDEX) else given
            if strangers := [each for each in alike if not isinstance(each, OnAccelerator) and each.dim()]:
                places = f"{cls.place} and {strangers[0].device}"
                raise RuntimeError(f"{func}: expected all tensors to be on one device, found {places}")
        inner_args, inner_kwargs = tree_map(_inner, (tuple(args), kwargs or {}))
        found = func(*inner_args, **inner_kwargs)
        known = {id(_inner(each)): each for each in given}  # what was written in place stays the same tensor

        def wrap(each: Any) -> Any:
            return known.get(id(each), OnAccelerator(each)) if isinstance(each, Tensor) else each

        return tree_map(wrap, found)


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, OnAccelerator) else value


class Places(TorchFunctionMode):
    """Moves tensors to the accelerator and back, and makes them there, where a call says so."""

    def __torch_function__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        wanted = _device_of(func, args, kwargs)
        if wanted is None:
            found = func(*args, **kwargs)
            return OnAccelerator(found) if func is Tensor.new_tensor and isinstance(args[0], OnAccelerator) else found
        if wanted.type not in (OnAccelerator.place.type, "cpu") or func in (torch.device, torch._C._nn._parse_to):
            return func(*args, **kwargs)
        names = (torch.device, str) if func is Tensor.to else (torch.device,)
        args, kwargs = tree_map(lambda each: PROCESSOR if isinstance(each, names) else each, (tuple(args), kwargs))
        if "device" in kwargs:
            kwargs["device"] = PROCESSOR
        found = func(*args, **kwargs)
        if wanted.type == "cpu":
            return found.inner.clone() if isinstance(found, OnAccelerator) else found
        return found if isinstance(found, OnAccelerator) else OnAccelerator(found.detach().clone())


def _device_of(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> torch.device | None:
    """The device that a call names, None if it names none."""
    if func is Tensor.cpu:
        return PROCESSOR
    if func is Tensor.to and isinstance(like := (*args, None)[1], Tensor):
        return like.device
    names = [each for each in args if _is_device(each) or (func is Tensor.to and isinstance(each, str))]
    named = kwargs.get("device", names[0] if names else None)
    return None if named is None else torch.device(named)


def _is_device(value: Any) -> bool:
    return isinstance(value, torch.device)


@contextmanager
def accelerator(kind: str) -> Iterator[torch.device]:
    """A machine with one accelerator of this kind, one of FAKES, such as "cuda:0"."""
    overwrite = torch.__future__.get_overwrite_module_params_on_conversion()
    with pytest.MonkeyPatch.context() as patch, torch.backends.cudnn.flags():
        patch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: torch.device(kind))
        patch.setattr(torch.accelerator, "device_count", lambda: 1)
        patch.setattr(torch.accelerator, "current_device_index", lambda: 0)
        patch.setattr(OnAccelerator, "place", torch.device(kind, 0))
        patch.setattr(torch, "inference_mode", torch.no_grad)  # in which views of subclasses of tensors cannot be made
        torch.__future__.set_overwrite_module_params_on_conversion(True)  # a module's `to` would keep the type of its tensors
        try:
            with Places():
                yield OnAccelerator.place
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(overwrite)


@contextmanager
def machine(kind: str) -> Iterator[torch.device]:
    """The machine of a test: with a fake accelerator, or, "real", as it is."""
    if kind == "real":
        yield torch.device(torch.accelerator.current_accelerator(), torch.accelerator.current_device_index())
    else:
        with accelerator(kind) as place:
            yield place


MACHINES = (*FAKES, *(["real"] if torch.accelerator.is_available() else []))
