"""The job of the sandbox that opens a checkpoint of torch.save: finds the network in it and writes that as safetensors.

Nothing in the file is run: torch's own reader makes tensors and plain values only, and whatever else the file names is left out.
"""

import argparse
import codecs
import io
import json
import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy._core.multiarray import scalar
from torch import Tensor

from lrp.models.hints import hints_of
from lrp.models.safetensors_file import write_tensors
from lrp.models.state_dicts import find_network, is_usable
from lrp.sandbox.child import open_nothing_more

# Types that training programs store beside tensors; making them runs no code of the file.
SAFE_TYPES: list[Any] = [
    argparse.Namespace, np.dtype, scalar, (scalar, "numpy.core.multiarray.scalar"),
    *{type(np.dtype(kind)) for kind in (bool, np.int32, np.int64, np.float32, np.float64)},
]  # fmt: skip
MAX_LEFT_OUT = 40  # kinds of objects that are left out
MAX_KEY = 40  # characters of the name of a model in a file that a sentence repeats
EXPANSION = 2  # how many times its own size the tensors of a file may take, which share memory in it
SAVE = "`torch.save(model.state_dict(), 'weights.pth')`"
_NO_MEMORY = "it needs more memory than it may have; save its state dict alone by torch.save"
_DAMAGED = "it is no checkpoint that PyTorch has written, or it is damaged; copy it again"


class LeftOut:
    """Stands for an object of a kind that is not made here, and holds nothing of it."""

    def __new__(cls, *_: object, **__: object) -> "LeftOut":
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None:
        pass


def main(file: BinaryIO, out: BinaryIO, part: str = "") -> None:
    """Writes the network in `file`, the one called `part` if given; {"refused": half a sentence} as metadata if there is none."""
    _answer(file, out, lambda content: _network(content, part))


def shard(file: BinaryIO, out: BinaryIO) -> None:
    """Writes the tensors in `file`, a part of a network, under their own names; {"refused": half a sentence} if not."""
    _answer(file, out, _tensors)


def _answer(file: BinaryIO, out: BinaryIO, answer: Callable[[object], tuple[dict[str, Tensor], dict[str, object]]]) -> None:
    """Writes what `answer` makes of the content of the file: tensors and what is told about them."""
    file = file if file.seekable() else io.BytesIO(file.read())
    _load_modules()
    open_nothing_more()
    tensors: dict[str, Tensor] = {}
    told: dict[str, object]
    try:
        size = file.seek(0, io.SEEK_END)
        _check_archive(file, size)
        tensors, told = answer(_content(file))
        if sum(value.numel() * value.element_size() for value in tensors.values()) > EXPANSION * size:
            raise ValueError("its tensors claim more numbers than the file holds; save its state dict again by torch.save")
    except Exception as error:  # torch raises errors of any type for a damaged file
        refused = str(error) if type(error) is ValueError else _NO_MEMORY if isinstance(error, MemoryError) else _DAMAGED
        tensors, told = {}, {"refused": refused}
    write_tensors(out, tensors, {key: json.dumps(value) for key, value in told.items()})


def _network(content: object, part: str) -> tuple[dict[str, Tensor], dict[str, object]]:
    """The tensors of a network, with "network." and "beside." before their names, and the rest of its StateDict."""
    found = find_network(content, part or None, hints_of(content))
    tensors = {f"network.{key}": value for key, value in found.tensors.items()}
    tensors |= {f"beside.{key}": value for key, value in found.beside.items()}
    told = ("name", "ignored", "parts", "said", "library")
    return tensors, {name: getattr(found, name) for name in told}


def _tensors(content: object) -> tuple[dict[str, Tensor], dict[str, object]]:
    """All tensors in a dictionary."""
    if not isinstance(content, Mapping):
        raise ValueError("it is no part of a network, which is a dictionary of tensors")
    return {key: value for key, value in content.items() if isinstance(key, str) and is_usable(value)}, {}


def _load_modules() -> None:
    """Reads a checkpoint of either format, so that torch has loaded all that it needs."""
    for zipped in (True, False):
        sample = io.BytesIO()
        torch.save({"a": torch.ones(2, dtype=torch.bfloat16)}, sample, _use_new_zipfile_serialization=zipped)
        sample.seek(0)
        _loaded(sample, [])
    for codec in ("cp437", "latin-1", "ascii", "utf-8"):  # of names in archives and pickles
        codecs.lookup(codec)
    with suppress(Exception):
        _loaded(io.BytesIO(b"none"), [])


def _check_archive(file: BinaryIO, size: int) -> None:
    """Raises ValueError for a TorchScript program, and for an archive that is compressed or claims to hold more than it does."""
    file.seek(0)
    if not zipfile.is_zipfile(file):
        return
    try:
        entries = zipfile.ZipFile(file).infolist()
    except zipfile.BadZipFile:
        raise ValueError(_DAMAGED) from None
    if any(entry.filename.endswith("/constants.pkl") for entry in entries):
        raise ValueError(
            "it is a TorchScript program; make a state dict of it, where you trust it, by "
            "`torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')`"
        )
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries) or sum(entry.file_size for entry in entries) > size:
        raise ValueError("it is a compressed archive, as torch.save writes none; save its numbers again by torch.save")


def _content(file: BinaryIO) -> object:
    """What is in the checkpoint, with LeftOut for objects of kinds that are not made here. Raises ValueError if it is no dict."""
    left_out: dict[str, type] = {}
    while True:
        try:
            file.seek(0)
            content = _loaded(file, [(kind, name) for name, kind in left_out.items()])
            break
        except MemoryError:
            raise
        except Exception as error:  # torch raises errors of any type for a damaged file
            named = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
            if named is None:
                raise ValueError(_DAMAGED) from None
            if named[1] in left_out or len(left_out) == MAX_LEFT_OUT:
                raise ValueError(_object_inside(named[1])) from None
            left_out[named[1]] = type("LeftOut", (LeftOut,), {})
    if left_out and (not isinstance(content, Mapping) or not _has_tensors(content)):
        raise ValueError(_object_inside(next(iter(left_out)), content))
    return content


def _loaded(file: BinaryIO, more: list[Any]) -> object:
    with torch.serialization.safe_globals([*SAFE_TYPES, *more]), warnings.catch_warnings(action="ignore"):
        return torch.load(file, map_location="cpu", weights_only=True)


def _object_inside(kind: str, content: object = None) -> str:
    """Why an object is not opened, with the line that makes a state dict of it: of the file itself where a model is in it."""
    places = {"": content} if isinstance(content, LeftOut) else content if isinstance(content, Mapping) else {}
    key = next((key for key, value in places.items() if isinstance(value, LeftOut)), None)
    line = SAVE
    if isinstance(key, str) and key.isprintable() and len(key) <= MAX_KEY:
        place = f"[{key!r}]" if key else ""
        line = f"`torch.save(torch.load(FILE, weights_only=False){place}.state_dict(), 'weights.pth')`"
    return (
        f"it holds {kind[:80]}, a kind of object that is not opened here, because that could run code; save the numbers alone, "
        f"where you trust it, by {line}"
    )


def _has_tensors(content: object, depth: int = 0) -> bool:
    """Whether tensors are anywhere in nested dictionaries."""
    if isinstance(content, Mapping) and depth < 5:
        return any(_has_tensors(value, depth + 1) for value in content.values())
    return isinstance(content, Tensor)
