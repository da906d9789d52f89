"""The command `search`: finds the best settings of LRP for a network on pictures on disk."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from lrp.cli.files import printable, write_new
from lrp.cli.method_flags import flag_of
from lrp.cli.parser import Parser, add_pictures_flags, bounded_number, refusing, whole_number
from lrp.cli.run_files import load_from_flags, run_files
from lrp.files.regular_file import OutputError, os_reason
from lrp.methods.method import Method
from lrp.methods.shifts import SHIFTS
from lrp.metrics.search_criteria import CRITERIA, MEASURES
from lrp.metrics.search_plan import draw_pictures
from lrp.metrics.search_result import Candidate, SearchResult
from lrp.metrics.search_space import GRID_SIZE, changed_settings
from lrp.metrics.settings_search import SettingsSearch, search_settings
from lrp.models.backbone import Backbone
from lrp.pictures.picture_files import find_pictures, read
from lrp.pictures.sandbox import decode_image
from lrp.progress import Progress
from lrp.settings import value_in_words

NAME = "search"
HELP = "find the best settings for a network on pictures of your own"
SHOWN = 10  # candidates that are printed


def add_flags(parser: Parser) -> None:
    """Adds the flags of `search`."""
    add_pictures_flags(parser, "a picture, or a folder of pictures; each is explained for the class that the network sees in it")
    add = parser.add_argument_group("searching", "What is tried, and what better means.").add_argument
    add("--measure", choices=MEASURES, default="both", help="what is to be good (default: %(default)s)")
    tried = f"how many settings are tried, 2 to {GRID_SIZE} (default: %(default)s)"
    add("--candidates", type=whole_number(2, GRID_SIZE), default=24, metavar="N", help=tried)
    views = "the most shifted views along an axis that the best are tried with (default: %(default)s)"
    add("--max-shifts", type=int, choices=SHIFTS, default=4, help=views)
    most = "how many pictures are taken, drawn at random (default: %(default)s)"
    add("--pictures", type=whole_number(2, 10_000), default=60, metavar="N", help=most)
    share = "the share of the pictures held out for the last comparison (default: %(default)s)"
    add("--held-out", type=bounded_number(0.1, 0.9), default=0.5, metavar="SHARE", help=share)
    add("--seed", type=whole_number(0, 2**31), default=0, metavar="N", help="of all that is drawn (default: %(default)s)")
    add("--out", type=Path, default=Path("search.json"), metavar="FILE", help="for the record (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Searches, prints the best settings and the sentence, writes the record, and returns 1 if a picture could not be read."""
    if os.path.lexists(args.out):
        raise OutputError(f"{args.out} exists already and would be overwritten; move it, or choose another file by --out.")
    shifts = tuple(count for count in SHIFTS if count <= args.max_shifts)
    search = SettingsSearch(args.measure, args.candidates, shifts, args.held_out, args.seed)
    with refusing(args.parser):
        found = find_pictures(args.files)
        files = [found[i] for i in draw_pictures(len(found), args.pictures, args.seed)]
        search.passes(len(files), 1)  # refuses too few pictures before any is read
    backbone = load_from_flags(args, [])
    taken, x, failed = _read_pictures(files, backbone)
    with refusing(args.parser), tqdm(total=1.0, desc="search", bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False,
                                     disable=None) as bar:  # fmt: skip
        result = search_settings(backbone, x, search, progress=lambda share: bar.update(share - bar.n) and None)
    _write(args.out, {"network": backbone.name, "weights": printable(backbone.weights), "files": taken, **result.record()})
    sentences = [result.sentence, *([result.runner_up_sentence] if result.found else [])]  # else it is the same one
    print("\n".join([*_table(result), "", *sentences, _flags(result.best.method)]))
    return failed


def _read_pictures(files: Sequence[str], backbone: Backbone) -> tuple[list[str], Tensor, int]:
    """Returns the names of the pictures that can be read, their inputs (N, 3, H, W), and 1 if another could not, else 0."""
    taken: list[str] = []
    inputs: list[Tensor] = []

    def take(file: str, progress: Progress) -> None:
        inputs.append(backbone.preprocess(decode_image(read(file))))
        taken.append(printable(file))

    failed = run_files(files, take)
    return taken, torch.cat(inputs) if inputs else torch.empty(0, 3, backbone.size, backbone.size), failed


def _table(result: SearchResult) -> list[str]:
    """Returns the best candidates as lines: how many pictures chose them, and their mean scores."""
    shown = result.candidates[:SHOWN]
    width = max(len(each.label) for each in shown)
    columns = [f"{CRITERIA[name].label.lower()}, {part}" for name in result.criteria for part in ("search", "held out")]
    lines = [" " * width + f"{'pictures':>10}" + "".join(f"{column:>26}" for column in columns)]
    for each in shown:
        numbers = [mean for i in range(len(result.criteria)) for mean in _means(each, i)]
        lines.append(f"{each.label:<{width}}{len(each.search):10}" + "".join(f"{text:>26}" for text in numbers))
    return lines


def _means(candidate: Candidate, criterion: int) -> list[str]:
    parts = (candidate.search, candidate.held_out)
    return ["-" if scores is None else f"{scores[:, criterion].mean():.3f}" for scores in parts]


def _flags(method: Method) -> str:
    """Returns the flags by which other commands use the method with its settings."""
    flags = [f"--method {method.name}"]
    for name, value in changed_settings(method).items():
        flags.append(flag_of(name) if value is True else f"{flag_of(name)} {value_in_words(value)}")
    return f"To use it: python -m lrp explain FILE {' '.join(flags)}"


def _write(file: Path, record: dict[str, object]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_new({file: json.dumps(record, indent=1).encode()})
    except OSError as error:
        raise OutputError(f"The record cannot be written to {file} ({os_reason(error)}); choose another file.") from None
