"""Operations that move or repeat values without mixing them: reshaping, indexing, padding, joining, and tuples of parts."""

import operator
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.node import Target

from lrp.network.layers import Function, Layer, Routing, RoutingWithConstants, Size
from lrp.network.operations.pooling import of_kind
from lrp.network.operations.spelling import Builder, ModuleRows, OperationRow, rows, spellings


def padding(input: object, pad: object, mode: str = "constant", value: object = None) -> OperationRow:
    """Builds padding with zeros or with values of the input; its widths may be negative, or computed from sizes."""
    _require_zero(value)
    return Routing, F.pad


def constant_pad_nd(input: object, pad: object, value: object = 0) -> OperationRow:
    """Builds padding with zeros; the arguments are those of torch.constant_pad_nd."""
    _require_zero(value)
    return Routing, torch.constant_pad_nd


def masked_fill(input: object, mask: object, value: object) -> OperationRow:
    """Builds filling with a number where a constant mask is True, as torch.where does with a constant: -inf before a softmax."""
    return Routing if value == 0 else RoutingWithConstants, torch.masked_fill


def constant_pad(module: nn.ConstantPad1d | nn.ConstantPad2d | nn.ConstantPad3d) -> Layer:
    """Builds padding with zeros as a module."""
    _require_zero(module.value)
    return of_kind(Routing)(module)


def _require_zero(value: object) -> None:
    if value not in (None, 0):
        raise TypeError(f"padding must be 0 or repeat values, got value={value}")


MOVING_MODULES = (
    nn.Flatten, nn.Unflatten, nn.ChannelShuffle, nn.PixelShuffle, nn.PixelUnshuffle, nn.Unfold,
    nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d, nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d,
    nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d, nn.CircularPad1d, nn.CircularPad2d, nn.CircularPad3d,
)  # fmt: skip
# Each both as a function and as a method of tensors, where torch has both.
MOVES = (
    "flatten", "unflatten", "ravel", "reshape", "view_as", "reshape_as", "permute", "transpose", "swapaxes", "swapdims",
    "movedim", "moveaxis", "squeeze", "unsqueeze", "t", "adjoint", "flip", "fliplr", "flipud", "roll", "rot90", "narrow",
    "select", "index_select", "take_along_dim", "gather", "diagonal", "expand", "expand_as", "broadcast_to", "repeat", "tile",
    "repeat_interleave", "atleast_1d", "atleast_2d", "atleast_3d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    "native_channel_shuffle", "cat", "stack", "hstack", "vstack", "dstack", "column_stack", "row_stack", "tril", "triu",
)  # fmt: skip

MODULES: ModuleRows = {
    **dict.fromkeys(MOVING_MODULES, of_kind(Routing)),
    **dict.fromkeys((nn.ConstantPad1d, nn.ConstantPad2d, nn.ConstantPad3d), constant_pad),
}

# What depends on the shape and the type of a tensor alone: calls, and attributes.
SIZES = (
    "size", "dim", "ndimension", "numel", "nelement", "element_size", "is_floating_point", "is_complex", "get_device",
    "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "new_tensor",
)  # fmt: skip
ATTRIBUTES = ("shape", "ndim", "dtype", "device", "layout", "is_cuda", "is_sparse", "is_quantized", "itemsize")


def _function(target: Target) -> Function:
    """Returns what a row's key calls: the function itself, or the one that a name stands for, a method before a function."""
    if not isinstance(target, str):
        return target
    function: Function = getattr(Tensor, target) if hasattr(Tensor, target) else getattr(torch, target)
    return function


FUNCTIONS: dict[Target, OperationRow] = {
    **{target: row for name in MOVES for target, row in rows(Routing, _function(name), name).items()},
    **rows(Routing, torch.cat, "concat", "concatenate"),
    **rows(RoutingWithConstants, torch.where, "where"),
    operator.getitem: (Routing, operator.getitem),
    "view": (Routing, Tensor.reshape),  # its memory may be laid out in another order than the model's
    "unfold": (Routing, Tensor.unfold),
    F.unfold: (Routing, F.unfold),
    "T": (Routing, operator.attrgetter("T")),
    "mT": (Routing, operator.attrgetter("mT")),
    **{target: (Size, _function(name)) for name in SIZES for target in spellings(name)},
    **{name: (Size, operator.attrgetter(name)) for name in ATTRIBUTES},
}

BUILDERS: dict[Target, Builder] = {
    F.pad: padding,
    torch.constant_pad_nd: constant_pad_nd,
    **dict.fromkeys(spellings("masked_fill"), masked_fill),
}

# What returns a tuple of parts of a tensor.
TUPLE_CALLS = ("chunk", "split", "split_with_sizes", "unbind", "tensor_split", "hsplit", "vsplit", "dsplit", "aminmax")
# What returns values of the input, and the indices at which they stood.
WITH_INDICES: tuple[Target, ...] = (
    *spellings("topk", "sort", "kthvalue", "median", "nanmedian", "mode", "cummax", "cummin", "max", "min"),
    F.max_pool1d_with_indices, F.max_pool2d_with_indices, F.max_pool3d_with_indices,
    F.adaptive_max_pool1d_with_indices, F.adaptive_max_pool2d_with_indices, F.adaptive_max_pool3d_with_indices,
)  # fmt: skip
# These return such a pair only where they are given an axis.
BY_AXIS = frozenset(spellings("median", "nanmedian", "max", "min"))
TUPLES: dict[Target, Function] = {
    **{target: _function(name) for name in TUPLE_CALLS for target in spellings(name)},
    **dict.fromkeys(spellings("split_with_sizes"), Tensor.split),
    **{target: _function(target) for target in WITH_INDICES},
}


def returns_tuple(target: Target, args: Sequence[object], kwargs: Mapping[str, object]) -> bool:
    """Whether a call returns a tuple of tensors; max, min and median do where they are given an axis."""
    if target in BY_AXIS:
        return "dim" in kwargs or (len(args) > 1 and isinstance(args[1], int))
    return target in TUPLES
