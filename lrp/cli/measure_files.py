"""Many pictures measured one after the other, and the tables of it: each picture, means, and differences between methods."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from lrp.cli.files import OutputError, printable, read
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.report import NUMBERS, report
from lrp.metrics.statistics import paired_difference, spread
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import trace
from lrp.pictures.decode import InputError
from lrp.pictures.sandbox import decode_image
from lrp.probability import probabilities
from lrp.progress import Progress

Row = dict[str, Any]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp")
TABLES = ("pictures", "summary", "differences")


@dataclass(frozen=True)
class Survey:
    """What all pictures of a run have in common.

    target: the index of the class to explain, or None for the predicted one. The other settings are those of
    `lrp.metrics.report`.
    """

    backbone: Backbone
    methods: Sequence[Any]
    target: int | None = None
    perturbation: Perturbation = field(default_factory=Perturbation)
    random_orders: int = 10
    noise: float = 0.02
    n_samples: int = 4

    def measure(self, file: str, progress: Progress) -> list[Row]:
        """Returns a row for each method on the picture in `file`: what was explained, and the numbers of its report card.

        progress: called with the share of the work done, 0 to 1. Raises InputError, with a sentence, if it is no picture.
        """
        kept = trace(self.backbone.network, self.backbone.preprocess(decode_image(read(file))))
        sure = probabilities(kept.logits)[0]
        target = int(sure.argmax()) if self.target is None else self.target
        how = (self.perturbation, self.random_orders, self.noise, self.n_samples)
        try:
            found = report(self.backbone, kept, target, self.methods, *how, progress)
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            raise InputError(f"{error}.") from error
        about = {
            "file": printable(file), "network": self.backbone.name, "weights": printable(self.backbone.weights),
            "class": self.backbone.categories[target], "probability": float(sure[target]),
        }  # fmt: skip
        return [
            {**about, "method": card.method, "settings": json.dumps(asdict(method)), **card.numbers()}
            for method, card in zip(self.methods, found.cards, strict=True)
        ]


def find_pictures(paths: Iterable[str]) -> list[str]:
    """Returns the files named, and for each folder named the pictures in it and below it, in order of their names, once each.

    Raises ValueError for a folder without pictures.
    """
    found: list[str] = []
    for path in paths:
        inside = sorted(str(file) for file in Path(path).rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if Path(path).is_dir() and not inside:
            raise ValueError(f"a folder must hold pictures ({', '.join(SUFFIXES)}), got {printable(path)} with none")
        found += inside or [path]
    return list(dict.fromkeys(found))


def summary(rows: Sequence[Row]) -> list[Row]:
    """Returns mean, standard deviation and number of pictures for each method and number."""
    by_method = _by_method(rows)
    return [
        {"method": method, "number": number, **asdict(spread([row[number] for row in own]))}
        for method, own in by_method.items()
        for number in NUMBERS
    ]


def differences(rows: Sequence[Row]) -> list[Row]:
    """Returns the mean difference of each two methods on the same pictures, with its paired 95 % bootstrap interval, for each
    number."""
    by_method = _by_method(rows)
    return [
        {"method": first, "versus": second, "number": number, **asdict(paired_difference(
            [row[number] for row in by_method[first]], [row[number] for row in by_method[second]]
        ))}
        for first, second in combinations(by_method, 2)
        for number in NUMBERS
    ]  # fmt: skip


def check_folder(folder: Path) -> None:
    """Raises OutputError if a table would overwrite a file of that folder."""
    for path in _paths(folder):
        if path.exists():
            raise OutputError(f"{path} exists already and would be overwritten; move it, or choose another folder by --out.")


def write_tables(folder: Path, rows: Sequence[Row]) -> None:
    """Writes pictures, summary and differences to `folder`, each as CSV and as Parquet. Raises OutputError."""
    import pyarrow.csv
    import pyarrow.parquet

    tables = [pyarrow.Table.from_pylist(list(part)) for part in (rows, summary(rows), differences(rows)) if part]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in zip(TABLES, tables, strict=False):
            pyarrow.csv.write_csv(table, folder / f"{name}.csv")
            pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise OutputError(f"The tables cannot be written to {folder} ({reason}); choose another folder.") from None


def lines(rows: Sequence[Row]) -> list[str]:
    """Means over the pictures as a small table, a line for each method."""
    shown = ("gap", "deletion", "insertion", "gain", "half", "sensitivity", "agreement", "seconds")
    found: dict[str, Row] = {}
    for row in summary(rows):
        found.setdefault(row["method"], {})[row["number"]] = row["mean"]
    width = max(map(len, found), default=0)
    head = " " * width + "".join(f"{name:>12}" for name in shown)
    return [head, *(f"{method:<{width}}" + "".join(f"{means[name]:12.3f}" for name in shown) for method, means in found.items())]


def _by_method(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["method"], []).append(row)
    return found


def _paths(folder: Path) -> list[Path]:
    return [folder / f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".parquet")]
