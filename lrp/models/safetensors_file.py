"""Reads untrusted .safetensors files: validates the header before allocating memory for the tensors it declares.

The format's own library is not used, because it ends or hangs the process when memory runs out.

The format: 8 bytes, the length of the header; the header, JSON with each tensor's type, shape and position; the numbers.
"""

import json
import math
from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO, TypeGuard

import torch
from torch import Tensor

from lrp.files.strict_json import strict_json

MAX_HEADER = 1_000_000  # bytes; a full ResNet-152 with 1000 class names takes about 130,000
MAX_ENTRIES = 5_000
MAX_DIMENSIONS = 8
MAX_COUNT = 2**40  # of a size, a position, and of all sizes of a tensor but 0 together
DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
PICKLE_SIGNATURES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how torch.save's files begin

DAMAGED = "the head of the file is damaged; copy it again"
TRUNCATED = "this is no whole .safetensors file; copy it again"


class NeedsConversion(ValueError):
    """A file that cannot be used as it is, but that `python -m lrp convert` can convert; the message is half a sentence."""


def read_safetensors_header(file: BinaryIO, size: int) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Returns the metadata of an open file of `size` bytes, and its tensors on the meta device, in file order.

    Reads at most 1 MB. Raises ValueError with half a sentence for an incomplete file, more than 5,000 tensors, or tensors that
    do not fill the file exactly.
    """
    start = file.read(8)
    if start.startswith(PICKLE_SIGNATURES):
        raise NeedsConversion("it is a pickle under another name, which can hold code that runs when it is opened")
    length = int.from_bytes(start, "little") if len(start) == 8 else 0
    if not 2 <= length <= size - 8:
        raise ValueError(TRUNCATED)
    if length > MAX_HEADER:
        if file.read(1) != b"{":
            raise ValueError(TRUNCATED)
        words = f"its head has {length / 1e6:.1f} MB, and the limit is {MAX_HEADER // 10**6}"
        raise ValueError(f"{words}: it lists too many tensors for one network; save the network alone")
    try:
        header = strict_json(file.read(length))
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise ValueError(DAMAGED)
    if len(header) > MAX_ENTRIES:
        raise ValueError(f"it has {len(header):,} tensors, and the limit is {MAX_ENTRIES:,}; save the network alone")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict):
        raise ValueError(DAMAGED)
    return metadata, _declared_tensors(header, size - 8 - length)


def read_tensors(data: bytearray) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Returns the metadata and the tensors of a whole file. Raises ValueError as `read_safetensors_header` does."""
    metadata, declared = read_safetensors_header(BytesIO(data[: 8 + MAX_HEADER]), len(data))
    place = len(data) - sum(tensor.nbytes for tensor in declared.values())
    tensors = {}
    for name, tensor in declared.items():
        tensors[name] = _copy_tensor(data, place, tensor)
        place += tensor.nbytes
    return metadata, tensors


def write_tensors(file: BinaryIO, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Writes tensors and metadata as a .safetensors file, one tensor after the other."""
    kinds, place = {dtype: kind for kind, dtype in DTYPES.items()}, 0
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    for name, tensor in tensors.items():
        offsets = [place, place + tensor.numel() * tensor.element_size()]
        header[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        place = offsets[1]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the numbers then begin at a multiple of 8, as in the format's own library
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        if tensor.numel():
            file.write(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _copy_tensor(data: bytearray, place: int, like: Tensor) -> Tensor:
    """The tensor at byte `place`, with the type and shape of `like`."""
    if not like.numel():
        return torch.empty_like(like, device="cpu")
    # A copy, because the alignment within the file would change the last bits of what is computed with it.
    numbers = torch.frombuffer(data, dtype=torch.uint8, count=like.nbytes, offset=place).clone()
    return numbers.view(like.dtype).reshape(like.shape)


def _declared_tensors(entries: dict[str, object], size: int) -> dict[str, Tensor]:
    """Meta tensors of the header's entries, checked to fill `size` bytes without gap or overlap."""
    places: list[tuple[int, int, str]] = []
    tensors = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
            raise ValueError(DAMAGED)
        kind = entry["dtype"]
        shape = entry["shape"]
        place = entry["data_offsets"]
        if not isinstance(kind, str) or kind not in DTYPES or not _are_counts(shape) or not _are_counts(place) or len(place) != 2:
            raise ValueError(DAMAGED)
        if math.prod(filter(None, shape)) >= MAX_COUNT:  # a 0 among them would make an empty tensor, whose strides overflow
            raise ValueError(f"the shape of {name} is larger than any file")
        if place[1] - place[0] != math.prod(shape) * DTYPES[kind].itemsize:
            raise ValueError(f"{name} does not have as many numbers as its shape needs")
        places.append((place[0], place[1], name))
        tensors[name] = torch.empty(shape, dtype=DTYPES[kind], device="meta")
    places.sort()
    ends = [0, *(end for _, end, _ in places)]
    if [begin for begin, _, _ in places] != ends[:-1] or ends[-1] != size:
        raise ValueError(TRUNCATED)
    return {name: tensors[name] for _, _, name in places}


def _are_counts(values: object) -> TypeGuard[list[int]]:
    """Whether JSON holds a short list of integers that can be sizes or positions."""
    if not isinstance(values, list) or len(values) > MAX_DIMENSIONS:
        return False
    return all(type(value) is int and 0 <= value < MAX_COUNT for value in values)
