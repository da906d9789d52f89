"""The command line: the explanations of the page without a browser.

python -m lrp explain cat.jpg more/*.png --depth 50 --weights imagenet --method epsilon-plus-flat --out maps/
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from lrp.backbones import DEPTHS, Backbone, load_backbone
from lrp.batch import Batch
from lrp.composites import table
from lrp.files import OutputError, output_names, printable
from lrp.heatmap import SCALES
from lrp.images import InputError
from lrp.methods import METHODS
from lrp.network import canonize
from lrp.options import add_settings, describe, find_class, make_methods
from lrp.propagation import Progress
from lrp.resnet import build_resnet
from lrp.weights import WeightsError

FIRST_CHOICE = ("uniform-epsilon", "epsilon-plus-flat", "integrated-gradients")  # what the page shows at first
COLOURS = {name.lower().replace(" ", ""): name for name in SCALES}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0; 1 if something could not be read, had or written; 130 after Ctrl-C.

    Raises SystemExit(2), after one line on stderr, for arguments outside their limits.
    """
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except (WeightsError, OutputError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; what is still in the buffer must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def explain(options: argparse.Namespace) -> int:
    """Explains every file, with one line each on stdout; one that cannot be explained is a line on stderr and exit code 1."""
    batch, failed = _batch(options), False
    files = list(dict.fromkeys(options.files))
    with tqdm(total=len(files), bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False, disable=None) as bar:
        for done, (file, name) in enumerate(zip(files, output_names(files, options.out), strict=True)):
            bar.set_description(printable(name))
            progress = _shown(bar, done)
            try:
                tqdm.write(batch.explain(file, options.out / name, progress))
                sys.stdout.flush()
            except InputError as error:
                tqdm.write(f"{printable(file)}: {error}", file=sys.stderr)
                failed = True
            progress(1.0)
    return int(failed)


def methods(options: argparse.Namespace) -> int:
    """Prints every method with its settings."""
    print("\n\n".join(map(describe, METHODS.values())))
    return 0


def rules(options: argparse.Namespace) -> int:
    """Prints which rule the method gives to which node of the network."""
    # Which rule goes where depends on the layers alone: nothing need be trained, downloaded or wide.
    network = canonize(build_resnet(options.depth, (1, 1, 1, 1), 1).eval())
    with _refusing(options.parser):
        (method,) = make_methods([options.method], options)
        if not hasattr(method, "rules"):
            having = ", ".join(name for name, other in METHODS.items() if hasattr(other, "rules"))
            raise ValueError(f"method must be one that has rules, {having}, got {method.name}")
        print(table(method.rules(network)))
    return 0


def _batch(options: argparse.Namespace) -> Batch:
    with _refusing(options.parser):
        methods = make_methods(options.method or FIRST_CHOICE, options)
    backbone = _load(options.depth, options.weights)
    with _refusing(options.parser):
        for method in methods:
            if hasattr(method, "rules"):
                method.rules(backbone.network)  # rules judge their numbers when they are made: now, not at the first picture
        target = None if options.target is None else find_class(options.target, backbone.categories)
    return Batch(backbone, methods, target, COLOURS[options.colours], options.photo, options.percentile)


def _load(depth: int, weights: str) -> Backbone:
    # The delay keeps the bar away where nothing is downloaded.
    with tqdm(desc="weights", unit="B", unit_scale=True, disable=None, delay=1e-3) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return load_backbone(depth, weights, show)


def _shown(bar: Any, before: int) -> Progress:
    """Shows the share done of one picture on the bar of all, `before` of which are done."""

    def show(share: float) -> None:
        bar.update(before + share - bar.n)

    return show


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage, a screen long here, is left to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


@contextmanager
def _refusing(parser: argparse.ArgumentParser) -> Iterator[None]:
    """Makes a ValueError, which names value and limit, the parser's own kind of error."""
    try:
        yield
    except ValueError as error:
        parser.error(str(error))


def _number(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        if low <= float(text) <= high:
            return float(text)
        raise argparse.ArgumentTypeError(f"must be between {low:g} and {high:g}, got {text}")

    return number


def _parser() -> Parser:
    parser = Parser("python -m lrp", description="Layer-wise Relevance Propagation and Integrated Gradients for pictures.")
    commands = parser.add_subparsers(required=True, metavar="explain | methods | rules")
    explaining = commands.add_parser("explain", help="explain what a network sees in pictures", allow_abbrev=False)
    _add_explain(explaining)
    listing = commands.add_parser("methods", help="list every method with its settings", allow_abbrev=False)
    listing.set_defaults(run=methods)
    which = commands.add_parser("rules", help="print which rule a method gives to which layer", allow_abbrev=False)
    which.add_argument("--method", choices=METHODS, metavar="NAME", required=True, help="see python -m lrp methods")
    which.add_argument("--depth", type=int, choices=DEPTHS, default=18, help="of the ResNet (default: %(default)s)")
    add_settings(which)
    which.set_defaults(run=rules, parser=which)
    return parser


def _add_explain(parser: Parser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="a picture: JPEG, PNG, WebP, AVIF, GIF or BMP")
    add("--depth", type=int, choices=DEPTHS, default=18, help="of the ResNet (default: %(default)s)")
    add("--weights", default="demo", help="demo, imagenet, or a .safetensors file (default: %(default)s)")
    several = f"may be given several times; see python -m lrp methods (default: {', '.join(FIRST_CHOICE)})"
    add("--method", action="append", choices=METHODS, metavar="NAME", help=several)
    add("--target", help="name or index of the class to explain (default: the predicted class)")
    where = "for NAME.png, NAME.npz and NAME.json of each picture (default: here)"
    add("--out", type=Path, default=Path(), metavar="DIR", help=where)
    look = parser.add_argument_group("display", "How the maps of NAME.png are drawn.").add_argument
    strongest = "of |relevance|, where colour is strongest, 1 to 100 (default: %(default)s)"
    look("--percentile", type=_number(1, 100), default=99.0, help=strongest)
    look("--colours", choices=COLOURS, default=next(iter(COLOURS)), help="(default: %(default)s)")
    photo = "how much of it shows through where relevance is weak, 0 to 1 (default: %(default)s)"
    look("--photo", type=_number(0, 1), default=0.0, help=photo)
    add_settings(parser)
    parser.set_defaults(run=explain, parser=parser)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    sys.exit(main())
