"""Checkpoints as training programs leave them: opened without running code, and the network's own tensors found in them."""

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
from lrp.models.safetensors_file import read_tensors
from lrp.models.weights import WeightsError

# What training programs keep beside the numbers; making one of these runs no code of the file.
HARMLESS: list[Any] = [
    argparse.Namespace, np.dtype, scalar, (scalar, "numpy.core.multiarray.scalar"),
    *{type(np.dtype(kind)) for kind in (bool, np.int32, np.int64, np.float32, np.float64)},
]  # fmt: skip
PROFILING = ("total_ops", "total_params")  # what counting operations with thop leaves in a model
STEM = ("conv1.weight", "bn1.weight", "layer1.0.conv1.weight")  # where a network begins, whatever stands before these names
DEEPEST = 4  # dictionaries within dictionaries


@dataclass(frozen=True, eq=False)
class Part:
    """The tensors of one network in a checkpoint. name: where they are, such as "state_dict.module"; others: names left out."""

    name: str
    tensors: dict[str, Tensor]
    others: tuple[str, ...]


def open_checkpoint(path: Path) -> tuple[Any, dict[str, str]]:
    """What the file holds, and its metadata if it is a .safetensors file. Raises WeightsError with a way on."""
    try:
        if path.suffix == ".safetensors" and not _is_pickle(path):
            metadata, tensors = read_tensors(bytearray(path.read_bytes()))
            return tensors, metadata
        # By a file without a name, for torch chooses the format by it.
        with path.open("rb") as file, torch.serialization.safe_globals(HARMLESS), warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True), {}
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
        raise WeightsError(f"{path} cannot be converted: {reason}; check the path.") from None
    except Exception as error:  # a hostile or damaged file makes torch raise whatever its bytes lead to
        raise WeightsError(f"{path.name} cannot be converted: {_why(path, error)}.") from None


def find_network(found: Any, wanted: str | None = None) -> tuple[Part, tuple[str, ...]]:
    """The ResNet in what a checkpoint holds, and the names of all that it holds.

    Of several it is the one called `wanted`, else the only one of averaged weights ("ema"), which timm prefers too. Raises
    ValueError with half a sentence if there is none, or if the choice is not clear.
    """
    parts = {part.name: part for part in _parts(found)}
    if not parts:
        raise ValueError(f"no ResNet is in it, for nowhere in it are {', '.join(STEM)} together")
    names = tuple(parts)
    averaged = [name for name in names if "ema" in name.lower()]
    choice = [wanted] if wanted is not None else averaged if len(averaged) == 1 else list(names)
    if len(choice) != 1 or choice[0] not in parts:
        asked = "" if wanted is None else f", and none is called {wanted!r}"
        raise ValueError(f"it holds {len(names)} networks, {', '.join(map(_called, names))}{asked}; choose one by --part")
    return _tidied(parts[choice[0]]), names


def depth_of(tensors: Mapping[str, Tensor]) -> int:
    """The depth of the ResNet with these tensors, by the number and kind of its blocks. Raises ValueError for another one."""
    blocks = [len({key.split(".")[1] for key in tensors if key.startswith(f"layer{stage}.")}) for stage in (1, 2, 3, 4)]
    deep = "layer1.0.conv3.weight" in tensors
    for depth, layers in RESNET_LAYERS.items():
        if layers == tuple(blocks) and (depth >= 50) == deep:
            return depth
    known = ", ".join(map(str, RESNET_LAYERS))
    raise ValueError(f"its stages have {', '.join(map(str, blocks))} blocks, as no ResNet of depth {known} has")


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def _why(path: Path, error: Exception) -> str:
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


def _parts(found: Any, place: str = "", depth: int = 0) -> Iterator[Part]:
    """Each network in `found`: every dictionary, and every prefix in it, with the names that a ResNet begins with."""
    if not isinstance(found, Mapping) or depth > DEEPEST:
        return
    tensors = {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, Tensor)}
    for prefix in [key.removesuffix(STEM[0]) for key in tensors if key.endswith(STEM[0])]:
        if all(prefix + name in tensors for name in STEM):
            own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
            others = tuple(key for key in tensors if not key.startswith(prefix))
            yield Part(".".join(filter(None, (place, prefix.rstrip(".")))), own, others)
    for key, value in found.items():
        yield from _parts(value, f"{place}.{key}" if place else str(key), depth + 1)


def _called(name: str) -> str:
    return name or "one without a prefix"


def _tidied(part: Part) -> Part:
    """The same without what only training needs, and with a classifier in a Sequential under its usual name."""
    others = [*part.others, *(key for key in part.tensors if key.endswith(PROFILING))]
    kept = {key: value.detach() for key, value in part.tensors.items() if not key.endswith((*PROFILING, "num_batches_tracked"))}
    heads = [key.removesuffix(".weight") for key in kept if re.fullmatch(r"fc\.\w+\.weight", key)]
    if len(heads) == 1:  # such as Sequential(Dropout, Linear)
        kept = {key.replace(f"{heads[0]}.", "fc."): value for key, value in kept.items()}
    # How many batches BatchNorm has seen is of no use after training; files have it as any number, or not at all.
    counts = {key.replace("running_mean", "num_batches_tracked"): torch.tensor(0) for key in kept if key.endswith("running_mean")}
    return Part(part.name, {key: value.contiguous().clone() for key, value in (kept | counts).items()}, tuple(others))
