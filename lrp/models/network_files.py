"""Reads a network from a file or a folder in any of the forms that training programs write."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from torch import Tensor

from lrp.files.regular_file import open_regular, read_regular
from lrp.files.strict_json import strict_json
from lrp.models.checkpoint import MAX_BYTES as MAX_CHECKPOINT
from lrp.models.checkpoint import read_checkpoint, read_shard
from lrp.models.fit_report import sentence
from lrp.models.folder_config import said_in_config
from lrp.models.metadata import said_in_metadata
from lrp.models.safetensors_file import PICKLE_SIGNATURES, TRUNCATED, read_safetensors_header, read_tensors
from lrp.models.state_dicts import StateDict, find_network
from lrp.models.weights import MAX_BYTES, WeightsError, unreadable_weights
from lrp.progress import BytesProgress

WEIGHTS = ("model.safetensors", "pytorch_model.bin", "open_clip_pytorch_model.bin")  # names of whole files in a folder
INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")  # names of what lists the parts of a sharded one
MAX_JSON = 20_000_000  # bytes
MAX_PARTS = 100


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """What a file or folder holds: the tensors, what it says of the network, and the SHA-256 of its weights."""

    state: StateDict
    said: Mapping[str, object]
    sha256: str

    @property
    def hints(self) -> Mapping[str, object]:
        """What the training program stored beside the weights, which may be of something else."""
        return self.state.said


def read_network(path: Path, part: str | None = None, progress: BytesProgress | None = None) -> NetworkFile:
    """Returns the network in a file (.safetensors, or of torch.save) or in a folder of timm's or Hugging Face's layout.

    part: which of several networks in it. progress: called with the bytes done and in all while a checkpoint is read; raising
    from it ends that. Raises WeightsError with a sentence for a file that cannot be used. Nothing that a
    file says runs; only regular files are opened.
    """
    try:
        if path.is_dir():
            return _read_folder(path, part, progress)
        return (_read_index if path.name.endswith(".index.json") else _read_file)(path, part, progress)
    except OSError as error:
        raise WeightsError(sentence(path.name, unreadable_weights(error))) from None
    except ValueError as error:
        raise WeightsError(sentence(path.name, str(error))) from None


def _read_folder(folder: Path, part: str | None, progress: BytesProgress | None) -> NetworkFile:
    """The network in a folder, with what its config.json and preprocessor_config.json say."""
    place = weights_in(folder)
    file = (_read_index if place.name in INDICES else _read_file)(place, part, progress)
    return replace(file, said={**file.said, **said_in_folder(folder)})


def weights_in(folder: Path) -> Path:
    """Returns the file of weights in a folder of timm's or Hugging Face's layout, or the index of its parts; else ValueError."""
    found = [name for name in (*WEIGHTS, *INDICES) if (folder / name).exists()]
    others = sorted(path.name for path in folder.iterdir() if path.suffix in (".safetensors", ".pth", ".pt", ".bin", ".ckpt"))
    if not found and len(others) != 1:
        raise ValueError(f"it is a folder with {len(others)} files of weights; name one of them")
    name = found[0] if found else others[0]
    return folder / name if name in INDICES else _target(folder / name)


def said_in_folder(folder: Path) -> dict[str, object]:
    """Returns what the config.json and the preprocessor_config.json of a folder say. Raises ValueError."""
    return said_in_config(*(_json_of(folder / name) for name in ("config.json", "preprocessor_config.json")))


def _target(path: Path) -> Path:
    """The file that a link in Hugging Face's cache leads to, within the same repository; any other path as it is."""
    target = path.resolve()
    is_blob = path.is_symlink() and target.parent.name == "blobs" and target.parent.parent in path.absolute().parents
    return target if is_blob else path


def _json_of(path: Path) -> dict[str, object]:
    """The object in a JSON file beside the weights; {} if there is no such file. Raises ValueError."""
    if not path.exists():
        return {}
    try:
        found = strict_json(read_regular(_target(path), MAX_JSON))
    except ValueError as error:
        raise ValueError(f"its {path.name} {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"its {path.name} holds no JSON object")
    return found


def _read_file(path: Path, part: str | None, progress: BytesProgress | None) -> NetworkFile:
    """The network in one file."""
    with open_regular(path, MAX_CHECKPOINT) as file:
        if not _is_safetensors(file):
            state, digest = read_checkpoint(file, path.name, part, progress)
            return NetworkFile(state, {}, digest)
        metadata, tensors, digest = _safetensors(file)
    return NetworkFile(find_network(tensors, part), said_in_metadata(metadata), digest)


def _is_safetensors(file: BufferedReader) -> bool:
    """Whether a file begins like .safetensors rather than like one of torch.save, whatever its name."""
    start = file.read(9)
    file.seek(0)
    return not start.startswith(PICKLE_SIGNATURES) and start[8:9] == b"{"


def _safetensors(file: BufferedReader) -> tuple[dict[str, str], dict[str, Tensor], str]:
    """The metadata, the tensors and the SHA-256 of a .safetensors file, whose header is judged before the rest is read."""
    size = os.fstat(file.fileno()).st_size
    if size > MAX_BYTES:
        raise ValueError(f"it has {size / 1e6:.0f} MB, and the limit is {MAX_BYTES // 10**6}")
    read_safetensors_header(file, size)
    file.seek(0)
    data = bytearray(size)
    if file.readinto(data) != size:
        raise ValueError(TRUNCATED)
    return *read_tensors(data), hashlib.sha256(data).hexdigest()


def _read_index(path: Path, part: str | None, progress: BytesProgress | None) -> NetworkFile:
    """The network whose tensors are in the files that an index lists, each a .safetensors file or one of torch.save."""
    places = _json_of(path).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise ValueError("it is no index of the parts of a network")
    names = sorted(set(places.values()))
    if len(names) > MAX_PARTS or any(name != Path(name).name for name in names):
        raise ValueError(f"an index may name up to {MAX_PARTS} files beside it, and nothing else")
    parts: dict[str, Tensor] = {}
    digest = hashlib.sha256()
    for name in names:
        with open_regular(_target(path.with_name(name)), MAX_CHECKPOINT) as file:
            tensors, own = _safetensors(file)[1:] if _is_safetensors(file) else read_shard(file, name, progress)
        parts |= {key: tensor for key, tensor in tensors.items() if places.get(key) == name}
        digest.update(own.encode())
    if missing := [key for key in places if key not in parts]:
        raise ValueError(f"its index names {missing[0][:60]}, which is in none of its parts")
    return NetworkFile(find_network(parts, part), {}, digest.hexdigest())
