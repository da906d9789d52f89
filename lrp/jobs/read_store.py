"""Reads a store of explanations, also one that a job is still writing to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrp.files.plain_text import plain_text
from lrp.jobs.attributes import CHOOSE, StoreError, read_settings
from lrp.jobs.job import Settings
from lrp.jobs.store import CHANNELS, MAPS, ROWS
from lrp.jobs.tables import read_rows

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class StoredExplanations:
    """What a store holds. path: its folder. settings: those of the job that wrote it, see `lrp.jobs.job.JobSettings.settings`."""

    path: Path
    settings: Settings

    @property
    def methods(self) -> list[str]:
        """The names of the methods."""
        return [method["method"] for method in self.settings["methods"]]

    def rows(self, columns: Sequence[str] | None = None) -> pyarrow.Table:
        """Returns the rows of all pictures that are done, by position, or these columns of them. Raises StoreError."""
        import pyarrow as pa

        parts = sorted((self.path / ROWS).glob("*.parquet"))
        if not parts:
            raise StoreError(f"{self._shown} holds no explained picture yet; let its job go on.")
        try:
            whole = pa.concat_tables([read_rows(part)[0].replace_schema_metadata() for part in parts])
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"The rows in {self._shown} cannot be read ({type(error).__name__}); {CHOOSE}.") from None
        return whole if columns is None else whole.select(list(columns))

    def maps(self, method: str) -> Any:
        """Returns the maps by a method, an array of Zarr (pictures, H, W) in logits; NaN where there is none.

        Raises StoreError where they cannot be read, and ValueError for a method that the store does not have.
        """
        if method not in self.methods:
            raise ValueError(f"method must be one of {', '.join(self.methods)}, got {method!r}")
        return self._array(MAPS, method, "maps")

    def channel_layer(self, method: str) -> str:
        """Returns the module of whose channels the store keeps the relevance by a method; "" where it does not."""
        kept = (self.path / CHANNELS / method / "zarr.json").is_file()
        return str(self.settings.get("channels", "")) if kept else ""

    def channels(self, method: str) -> Any:
        """Returns the relevance per channel by a method, an array of Zarr (pictures, K) in logits; NaN where there is none.

        Raises StoreError where it cannot be read, and ValueError where the store keeps none.
        """
        if not self.channel_layer(method):
            raise ValueError(f"{self._shown} keeps no relevance per channel by {method}; explain its pictures anew by --channels")
        return self._array(CHANNELS, method, "channels")

    def _array(self, kind: str, method: str, what: str) -> Any:
        import zarr

        try:
            return zarr.open_group(self.path, mode="r")[f"{kind}/{method}"]
        except Exception as error:  # whatever damaged files lead the library to
            raise StoreError(f"The {what} in {self._shown} cannot be read ({type(error).__name__}); {CHOOSE}.") from None

    @property
    def _shown(self) -> str:
        return plain_text(str(self.path))


def read_store(path: Path | str) -> StoredExplanations:
    """Returns what the store in a folder holds. Raises StoreError with a sentence for anything else."""
    return StoredExplanations(Path(path), read_settings(Path(path)))
