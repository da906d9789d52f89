"""Opens training checkpoints without running their code, and finds the tensors of a ResNet in them."""

import argparse
import pickle
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core.multiarray import scalar
from torch import Tensor

from lrp.models.architectures import RESNET_LAYERS
from lrp.models.safetensors_file import PICKLE_SIGNATURES, read_tensors
from lrp.models.weights import WeightsError

# Types that training programs store beside tensors; unpickling them runs no code of the file.
SAFE_TYPES: list[Any] = [
    argparse.Namespace, np.dtype, scalar, (scalar, "numpy.core.multiarray.scalar"),
    *{type(np.dtype(kind)) for kind in (bool, np.int32, np.int64, np.float32, np.float64)},
]  # fmt: skip
PROFILING_SUFFIXES = ("total_ops", "total_params")  # entries that thop adds to a model when it counts operations
STEM_NAMES = ("conv1.weight", "bn1.weight", "layer1.0.conv1.weight")  # names that every ResNet has, after any prefix
MAX_NESTING = 4  # of dictionaries within dictionaries


@dataclass(frozen=True, eq=False)
class StateDict:
    """The tensors of one network in a checkpoint.

    name: where they were found, such as "state_dict.module". others: names of tensors that do not belong to the network.
    """

    name: str
    tensors: dict[str, Tensor]
    others: tuple[str, ...]


def open_checkpoint(path: Path) -> tuple[object, dict[str, str]]:
    """Returns the content of the file, and its metadata if it is a .safetensors file. Raises WeightsError."""
    try:
        if path.suffix == ".safetensors" and not _is_pickle(path):
            metadata, tensors = read_tensors(bytearray(path.read_bytes()))
            return tensors, metadata
        # An open file, because torch would guess the format from a name.
        with path.open("rb") as file, torch.serialization.safe_globals(SAFE_TYPES), warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True), {}
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
        raise WeightsError(f"{path} cannot be converted: {reason}; check the path.") from None
    except Exception as error:  # torch raises errors of any type for a damaged file
        raise WeightsError(f"{path.name} cannot be converted: {_reason(path, error)}.") from None


def find_network(content: object, wanted: str | None = None) -> tuple[StateDict, tuple[str, ...]]:
    """Returns a ResNet in the content of a checkpoint, and the names of all ResNets in it.

    Of several it is the one named `wanted`, else the only one of averaged weights ("ema"), which timm prefers too. Raises
    ValueError with half a sentence if there is none, or if the choice is ambiguous.
    """
    parts = {part.name: part for part in _state_dicts(content)}
    if not parts:
        raise ValueError(f"no ResNet is in it, for nowhere in it are {', '.join(STEM_NAMES)} together")
    names = tuple(parts)
    averaged = [name for name in names if "ema" in name.lower()]
    choice = [wanted] if wanted is not None else averaged if len(averaged) == 1 else list(names)
    if len(choice) != 1 or choice[0] not in parts:
        asked = "" if wanted is None else f", and none is called {wanted!r}"
        raise ValueError(f"it holds {len(names)} networks, {', '.join(map(_display_name, names))}{asked}; choose one by --part")
    return _normalised(parts[choice[0]]), names


def depth_of(tensors: Mapping[str, Tensor]) -> int:
    """Returns the depth of the ResNet with these tensors, by the number and type of its blocks. Raises ValueError for none."""
    blocks = [len({key.split(".")[1] for key in tensors if key.startswith(f"layer{stage}.")}) for stage in (1, 2, 3, 4)]
    deep = "layer1.0.conv3.weight" in tensors
    for depth, layers in RESNET_LAYERS.items():
        if layers == tuple(blocks) and (depth >= 50) == deep:
            return depth
    known = ", ".join(map(str, RESNET_LAYERS))
    raise ValueError(f"its stages have {', '.join(map(str, blocks))} blocks, as no ResNet of depth {known} has")


def _is_pickle(path: Path) -> bool:
    """Whether the file begins as those of torch.save do, whatever its name."""
    with path.open("rb") as file:
        return file.read(4).startswith(PICKLE_SIGNATURES)


def _reason(path: Path, error: Exception) -> str:
    """Why the file could not be opened, as half a sentence with a remedy."""
    if "TorchScript" in str(error):
        way = f"torch.save(torch.jit.load({path.name!r}).state_dict(), 'weights.pth')"
        return f"it is a TorchScript program; make a state dict of it, where you trust it, by `{way}`"
    if isinstance(error, pickle.UnpicklingError) and (kind := re.search(r"GLOBAL ([\w.]+)", str(error))):
        return (
            f"it holds {kind[1]}, a kind of object that is not opened here, because that could run code; save the numbers alone, "
            "where you trust it, by `torch.save(model.state_dict(), 'weights.pth')`"
        )
    if path.suffix == ".safetensors" and type(error) is ValueError:
        return str(error)
    return "it is no checkpoint that PyTorch has written, or it is damaged; copy it again"


def _state_dicts(content: object, place: str = "", depth: int = 0) -> Iterator[StateDict]:
    """Each ResNet in nested dictionaries: a dictionary and a prefix under which all STEM_NAMES are.

    place: the path of keys that led to `content`; depth: their number.
    """
    if not isinstance(content, Mapping) or depth > MAX_NESTING:
        return
    tensors = {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}
    for prefix in [key.removesuffix(STEM_NAMES[0]) for key in tensors if key.endswith(STEM_NAMES[0])]:
        if all(prefix + name in tensors for name in STEM_NAMES):
            own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
            others = tuple(key for key in tensors if not key.startswith(prefix))
            yield StateDict(".".join(filter(None, (place, prefix.rstrip(".")))), own, others)
    for key, value in content.items():
        yield from _state_dicts(value, f"{place}.{key}" if place else str(key), depth + 1)


def _display_name(name: str) -> str:
    """The name of a network in a sentence."""
    return name or "one without a prefix"


def _normalised(part: StateDict) -> StateDict:
    """The same without entries that only training needs, and with a classifier in a Sequential under its usual name."""
    others = [*part.others, *(key for key in part.tensors if key.endswith(PROFILING_SUFFIXES))]
    unused = (*PROFILING_SUFFIXES, "num_batches_tracked")
    kept = {key: value.detach() for key, value in part.tensors.items() if not key.endswith(unused)}
    heads = [key.removesuffix(".weight") for key in kept if re.fullmatch(r"fc\.\w+\.weight", key)]
    if len(heads) == 1:  # such as Sequential(Dropout, Linear)
        kept = {key.replace(f"{heads[0]}.", "fc."): value for key, value in kept.items()}
    # Only training uses the number of batches that BatchNorm has seen, and not all files have it.
    counts = {key.replace("running_mean", "num_batches_tracked"): torch.tensor(0) for key in kept if key.endswith("running_mean")}
    return StateDict(part.name, {key: value.contiguous().clone() for key, value in (kept | counts).items()}, tuple(others))
