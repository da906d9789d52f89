"""What the canvas of a page gets: a header in JSON and arrays behind it."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shown:
    """A map as the browser gets it, in logits: `values` as they are read under the cursor, `step` their last digit."""

    title: str
    values: NDArray[np.float64]
    step: float


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header of what a script gets, and the arrays behind it, each (n,), by their names."""
    end = 4 + int.from_bytes(message[:4], "little")
    header = json.loads(message[4:end])
    return header, {
        name: np.frombuffer(message, np.dtype(told["type"]).newbyteorder("<"), told["length"], end + told["at"])
        for name, told in header["arrays"].items()
    }


def is_there(told: dict[str, Any], arrays: dict[str, np.ndarray]) -> bool:
    """Whether the header tells of a map that is done, and no older one in its place."""
    return told["key"] in arrays and not told["before"]


def maps_of(message: bytes) -> list[Shown]:
    """The maps in what the canvas gets."""
    header, arrays = unpacked(message)
    shape = header["height"], header["width"]
    maps = []
    for told in header["maps"]:
        if is_there(told, arrays):
            whole = arrays[told["key"]].reshape(shape)
            maps.append(Shown(told["title"], whole * told["step"], told["step"]))
    return maps
