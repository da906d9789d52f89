"""The networks in a folder: what their files say, read from their heads alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from lrp.heads import head_of
from lrp.models.fit_report import MAX_REASON, readable
from lrp.models.fitted import fitted
from lrp.models.metadata import said_in_metadata
from lrp.models.network_files import NetworkFile
from lrp.models.safetensors_file import read_header
from lrp.models.state_dicts import find_network
from lrp.models.weights import MAX_BYTES, WeightsError
from lrp.regular_file import open_regular

MAX_FILES = 200  # of a folder that are described


@dataclass(frozen=True)
class DescribedNetwork:
    """A file with a network. words: what it is, or why it cannot be used. usable: whether it can; title, classes: if so."""

    path: Path
    words: str
    usable: bool
    title: str = ""
    classes: tuple[str, ...] = ()


def network_folder() -> Path | None:
    """Returns the folder that LRP_NETWORKS names; None if it names none."""
    named = os.environ.get("LRP_NETWORKS")
    return Path(named) if named else None


def described_networks(folder: Path) -> list[DescribedNetwork]:
    """Returns the .safetensors files in a folder by name, described; links and files of other kinds are left out."""
    files = sorted(path for path in folder.glob("*.safetensors") if path.is_file() and not path.is_symlink())
    return [describe(path) for path in files[:MAX_FILES]]


def describe(path: Path) -> DescribedNetwork:
    """Returns what a .safetensors file says, of which only the head is read."""
    try:
        with open_regular(path, MAX_BYTES) as file:
            metadata, declared = read_header(file, os.fstat(file.fileno()).st_size)
        found = fitted(NetworkFile(find_network(declared), said_in_metadata(metadata), ""), str(path), path.name, {})
    except WeightsError as error:
        return DescribedNetwork(path, str(error).removeprefix(f"{readable(path.name)} ").rstrip("."), usable=False)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return DescribedNetwork(path, f"cannot be used: {readable(str(reason), MAX_REASON)}", usable=False)
    count = len(found.categories)
    shown = f"{', '.join(found.categories[:3])}{', ...' * (count > 3)}"
    words = f"{found.plan.title}, {head_of(found.head, count).count_text(count)}: {shown}"
    return DescribedNetwork(path, words, True, found.plan.title, found.categories)
