"""A .safetensors file: its head, judged before anything is allocated for what it promises, and then its numbers.

They are read here, and not by the format's own library, because that ends or hangs the process where there is no memory for them.

The format: 8 bytes, the length of the head; the head, JSON that gives each tensor's type, shape and place; the numbers.
"""

import json
import math
from io import BytesIO
from typing import Any, BinaryIO

import torch
from torch import Tensor

MAX_HEADER = 1_000_000  # bytes; a full ResNet-152 with 1000 class names takes about 130,000
MAX_ENTRIES = 5_000
MAX_DIMENSIONS = 8
DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how torch.save's files begin

DAMAGED = "the head of the file is damaged; copy it again"
CUT = "this is no whole .safetensors file; copy it again"


class Unconverted(ValueError):
    """Says, in half a sentence, why a file is not used as it is, where `python -m lrp convert` makes one of it that is."""


def read_header(file: BinaryIO, size: int) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The metadata of an open file of `size` bytes, and its tensors on the meta device, as they follow one another in the file:
    their types and shapes, no numbers.

    Reads no more than 1 MB. Raises ValueError with half a sentence for what is not whole, has more than 5,000 tensors, or
    promises other bytes than the file holds.
    """
    start = file.read(8)
    if start.startswith(PICKLES):
        raise Unconverted("it is a pickle under another name, which can hold code that runs when it is opened")
    length = int.from_bytes(start, "little") if len(start) == 8 else 0
    if not 2 <= length <= min(MAX_HEADER, size - 8):
        raise ValueError(CUT)
    try:
        header = json.loads(file.read(length), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or len(header) > MAX_ENTRIES:
        raise ValueError(DAMAGED)
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict):
        raise ValueError(DAMAGED)
    return metadata, _promised(header, size - 8 - length)


def read_tensors(data: bytearray) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The metadata and the tensors of a whole file. Raises ValueError as `read_header` does."""
    metadata, promised = read_header(BytesIO(data[: 8 + MAX_HEADER]), len(data))
    place, tensors = len(data) - sum(tensor.nbytes for tensor in promised.values()), {}
    for name, tensor in promised.items():
        tensors[name] = _numbers(data, place, tensor)
        place += tensor.nbytes
    return metadata, tensors


def _numbers(data: bytearray, place: int, like: Tensor) -> Tensor:
    if not like.numel():
        return torch.empty_like(like, device="cpu")
    # In memory of its own, or where it lies in the file would decide the last bits of what is computed with it.
    numbers = torch.frombuffer(data, dtype=torch.uint8, count=like.nbytes, offset=place).clone()
    return numbers.view(like.dtype).reshape(like.shape)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # two readers could take different ones
        raise ValueError("a name stands twice")
    return found


def _promised(entries: dict[str, Any], size: int) -> dict[str, Tensor]:
    """The tensors without numbers, if they fill `size` bytes without a gap or an overlap."""
    places: list[tuple[int, int, str]] = []
    tensors = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
            raise ValueError(DAMAGED)
        kind, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(kind, str) or kind not in DTYPES or not _counts(shape) or not _counts(place) or len(place) != 2:
            raise ValueError(DAMAGED)
        if place[1] - place[0] != math.prod(shape) * DTYPES[kind].itemsize:
            raise ValueError(f"{name} does not have as many numbers as its shape needs")
        places.append((place[0], place[1], name))
        tensors[name] = torch.empty(shape, dtype=DTYPES[kind], device="meta")
    places.sort()
    ends = [0, *(end for _, end, _ in places)]
    if [begin for begin, _, _ in places] != ends[:-1] or ends[-1] != size:
        raise ValueError(CUT)
    return {name: tensors[name] for _, _, name in places}


def _counts(values: Any) -> bool:
    return isinstance(values, list) and len(values) <= MAX_DIMENSIONS and all(type(v) is int and 0 <= v < 2**40 for v in values)
