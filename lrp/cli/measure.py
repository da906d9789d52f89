"""The command `measure`: measures how far the maps of pictures can be trusted."""

import argparse
from pathlib import Path

from lrp.cli.files import printable
from lrp.cli.measure_files import MeasureRun
from lrp.cli.method_flags import add_fields, add_method_settings, make, make_methods
from lrp.cli.parser import DEFAULT_METHODS, Parser, add_subject_flags, bounded_number, refusing, whole_number
from lrp.cli.run_files import load_from_flags, run_files
from lrp.cli.tables import TableRow, check_folder, means_in_words, write_tables
from lrp.display.export import prediction_in_words
from lrp.metrics.perturbation import Perturbation
from lrp.models.find_class import find_class
from lrp.pictures.picture_files import find_pictures
from lrp.progress import Progress

NAME = "measure"
HELP = "measure how far the maps of pictures can be trusted"


def add_flags(parser: Parser) -> None:
    """Adds the flags of `measure`."""
    add_subject_flags(parser, "a picture, or a folder of pictures")
    where = "for the tables pictures, summary and differences, each as .csv and .parquet (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=Path("measures"), metavar="DIR", help=where)
    group = parser.add_argument_group("measuring", "How pictures are changed to see what the network then says.")
    add_fields(group, Perturbation, "seed")  # which is a setting of methods too
    add = group.add_argument
    orders = "how many random orders stand for chance (default: %(default)s)"
    add("--random-orders", type=whole_number(1, 1000), default=10, metavar="N", help=orders)
    level = "of the noise under which a map should stay, as a share of the pixels' range (default: %(default)s)"
    add("--noise-level", type=bounded_number(1e-6, 1), default=0.02, metavar="SHARE", help=level)
    copies = "how many noisy copies are explained (default: %(default)s)"
    add("--noisy-copies", type=whole_number(1, 1000), default=4, metavar="N", help=copies)
    add_method_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Measures every picture, prints a line each and then the means, writes the tables, and returns 1 if a picture failed."""
    with refusing(args.parser):
        files = find_pictures(args.files)
    check_folder(args.out)
    measuring = _measure_run(args)
    rows: list[TableRow] = []

    def measure(file: str, progress: Progress) -> str:
        own = measuring.measure(file, progress)
        rows.extend(own)
        gains = ", ".join(f"{row['method']} {row['gain']:+.2f}" for row in own)
        head = measuring.backbone.kind
        prediction = prediction_in_words(own[0]["class"], own[0][head.column], head)
        return f"{printable(file)}: {prediction}; gain by {gains}"

    code = run_files(files, measure)
    if rows:
        write_tables(args.out, rows)
        print("\n".join(means_in_words(rows)))
    return code


def _measure_run(args: argparse.Namespace) -> MeasureRun:
    with refusing(args.parser):
        perturbation = make(Perturbation, args)
        methods = make_methods(args.method or DEFAULT_METHODS, args)
    backbone = load_from_flags(args, methods)
    with refusing(args.parser):
        target = None if args.target is None else find_class(args.target, backbone.categories)
    return MeasureRun(backbone, methods, target, perturbation, args.random_orders, args.noise_level, args.noisy_copies)
