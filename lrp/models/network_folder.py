"""The networks in a folder: what their files say, read from their heads alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from lrp.files.regular_file import open_regular
from lrp.heads import head_of
from lrp.models.fit_report import MAX_REASON, readable
from lrp.models.fitted import fitted_network
from lrp.models.metadata import said_in_metadata
from lrp.models.network_files import NetworkFile, said_in_folder, weights_in
from lrp.models.safetensors_file import read_safetensors_header
from lrp.models.state_dicts import find_network
from lrp.models.weights import MAX_BYTES, WeightsError, conversion_command

CHECKPOINTS = (".pth", ".pt", ".ckpt", ".tar", ".bin")  # as torch.save writes them
TO_ADD, IS_ADDED, UNUSABLE = "is to be added by", "is added already", "cannot be used:"  # how words on a file begin
MAX_FILES = 200  # of a folder that are described


@dataclass(frozen=True)
class DescribedNetwork:
    """A file or folder with a network. words: what it is, or why it cannot be used; title, classes: if it is usable."""

    path: Path
    words: str
    usable: bool
    title: str = ""
    classes: tuple[str, ...] = ()


def network_folder() -> Path | None:
    """Returns the folder that LRP_NETWORKS names; None if it names none."""
    named = os.environ.get("LRP_NETWORKS")
    return Path(named) if named else None


def network_places(folder: Path) -> list[Path]:
    """Returns what in a folder may be a network, by name: files of weights, and folders of timm's or Hugging Face's layout.

    Links, and files of other kinds, are left out.
    """
    found = [path for path in sorted(folder.iterdir()) if not path.is_symlink() and (_is_file(path) or _is_layout(path))]
    return found[:MAX_FILES]


def stamp(place: Path) -> tuple[object, ...]:
    """Returns what changes when a file, or one in a folder, does: names, times and sizes."""
    files = [place] if place.is_file() else sorted(path for path in place.iterdir() if path.is_file())
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


def described_networks(folder: Path) -> list[DescribedNetwork]:
    """Returns the networks in a folder, described."""
    return [describe(path) for path in network_places(folder)]


def describe(path: Path) -> DescribedNetwork:
    """Returns what a .safetensors file, or a folder with one, says, of which only the head is read.

    Of a checkpoint of torch.save, which only a process of its own may open, it is said how it is added, or that it has been.
    """
    try:
        weights, said = (weights_in(path), said_in_folder(path)) if path.is_dir() else (path, {})
        if weights.suffix.lower() != ".safetensors":
            if (target := added_name(path)) and path.with_name(target).is_file():
                return DescribedNetwork(path, f"{IS_ADDED}, as {readable(target)}", usable=False)
            return DescribedNetwork(path, f"{TO_ADD} {adding_command(path)}", usable=False)
        with open_regular(weights, MAX_BYTES) as file:
            metadata, declared = read_safetensors_header(file, os.fstat(file.fileno()).st_size)
        told = {**said_in_metadata(metadata), **said}
        found = fitted_network(NetworkFile(find_network(declared), told, ""), str(path), path.name, {})
    except WeightsError as error:
        return DescribedNetwork(path, str(error).removeprefix(f"{readable(path.name)} ").rstrip("."), usable=False)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return DescribedNetwork(path, f"{UNUSABLE} {readable(str(reason), MAX_REASON)}", usable=False)
    count = len(found.categories)
    shown = f"{', '.join(found.categories[:3])}{', ...' * (count > 3)}"
    words = f"{found.plan.title}, {head_of(found.head, count).count_text(count)}: {shown}"
    return DescribedNetwork(path, words, True, found.plan.title, found.categories)


def added_name(path: Path) -> str:
    """Returns the name that `networks add` gives by default to what it makes of a checkpoint; "" for a folder."""
    return "" if path.is_dir() else str(Path(path.name.removesuffix(".tar")).with_suffix(".safetensors"))


def adding_command(path: Path) -> str:
    """Returns the command that makes one file of a checkpoint that says all that is needed, in backticks."""
    return conversion_command(path).replace("lrp convert", "lrp networks add")


def _is_file(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in (".safetensors", *CHECKPOINTS)


def _is_layout(path: Path) -> bool:
    return path.is_dir() and (path / "config.json").is_file()
