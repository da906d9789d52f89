"""What a store says of itself in its attributes, and what is said of a folder that holds no such store."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from lrp.files.plain_text import plain_text
from lrp.files.regular_file import OutputError, os_reason, read_regular
from lrp.jobs.job import Settings, json_sha256

ATTRIBUTE = "lrp_explanations"  # of the Zarr group
FORMAT = 1
MAX_BYTES = 50_000_000  # of the file with the attributes, which names all classes

CHOOSE = "choose another folder by --out"


class StoreError(OutputError):
    """Raised for a store that cannot be read or written; its message is one plain sentence with a remedy."""


def written_attributes(settings: Settings) -> Settings:
    """Returns what a new store says of itself."""
    made_with = {name: version(name) for name in ("torch", "zarr")}
    return {"format": FORMAT, "settings": settings, "settings sha256": json_sha256(settings), "made with": made_with}


def read_settings(path: Path) -> Settings:
    """Returns the settings of the store in a folder. Raises StoreError with a sentence for anything else."""
    shown = plain_text(str(path))
    file = path / "zarr.json"
    if not path.is_dir():
        raise StoreError(f"{shown} is no folder; {CHOOSE}.")
    if not file.exists():
        raise StoreError(f"{shown} holds other files and no store of explanations; {CHOOSE}.")
    try:
        found = json.loads(read_regular(file, MAX_BYTES))
    except OSError as error:
        raise StoreError(f"{shown} cannot be read ({os_reason(error)}); {CHOOSE}.") from None
    except (ValueError, RecursionError):
        raise StoreError(f"{shown} cannot be read, because its zarr.json is damaged; {CHOOSE}.") from None
    attributes = found.get("attributes") if isinstance(found, Mapping) else None
    own = attributes.get(ATTRIBUTE) if isinstance(attributes, Mapping) else None
    if not isinstance(own, Mapping):
        raise StoreError(f"{shown} is a Zarr store of something else than explanations; {CHOOSE}.")
    if own.get("format") != FORMAT:
        raise StoreError(f"{shown} was written by another version (format {own.get('format')}, here {FORMAT}); {CHOOSE}.")
    settings = own.get("settings")
    if not isinstance(settings, Mapping) or own.get("settings sha256") != json_sha256(settings):
        raise StoreError(f"{shown} cannot be read, because its settings are not those that it was begun with; {CHOOSE}.")
    return settings


def check_settings(path: Path, wanted: Settings) -> None:
    """Raises StoreError, which names what differs, unless a job with the settings `wanted` may go on with the store in a folder.

    Raises as `read_settings` does, too.
    """
    found = read_settings(path)
    given = json.loads(json.dumps(wanted))
    differing = [name for name in {**wanted, **found} if found.get(name) != given.get(name)]
    if differing:
        told = ", ".join(f"{name} {_short(found.get(name))} and not {_short(wanted.get(name))}" for name in differing)
        raise StoreError(f"{plain_text(str(path))} was begun with other settings ({told}); repeat those, or {CHOOSE}.")


def _short(value: object) -> str:
    text = plain_text(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 60 else f"{text[:57]}..."
