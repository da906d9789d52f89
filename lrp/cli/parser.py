"""The arguments of the commands: what may be typed, and how a mistake is told."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from lrp.cli.convert import MEAN, STD
from lrp.cli.method_flags import add_fields, add_settings
from lrp.display.colours import SCALES
from lrp.methods import METHODS
from lrp.metrics.perturbation import Perturbation
from lrp.models.architectures import ARCHITECTURES, DEPTHS, STAGES
from lrp.models.metadata import INTERPOLATIONS, MAX_SIDE
from lrp.walk.objectives import OBJECTIVES

FIRST_CHOICE = ("uniform-epsilon", "epsilon-plus-flat", "integrated-gradients")  # what the page shows at first
COLOURS = {name.lower().replace(" ", ""): name for name in SCALES}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage, a screen long here, is left to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


@contextmanager
def refusing(parser: argparse.ArgumentParser) -> Iterator[None]:
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


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be between {low} and {high}, got {text}")

    return whole


def add_network(parser: Parser) -> None:
    """Which network: architecture and depth."""
    kinds = ", ".join(f"{name} {' | '.join(map(str, depths))}" for name, depths in ARCHITECTURES.items())
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="resnet", help="(default: %(default)s)")
    parser.add_argument("--depth", type=int, help=f"{kinds} (default: the first)")


def _add_choice(parser: Parser, files: str) -> None:
    """Which pictures, network, methods and class."""
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help=files)
    add_network(parser)
    add("--weights", default="demo", help="demo, imagenet, or a .safetensors file (default: %(default)s)")
    several = f"may be given several times; see python -m lrp methods (default: {', '.join(FIRST_CHOICE)})"
    add("--method", action="append", choices=METHODS, metavar="NAME", help=several)
    add("--target", help="name or index of the class to explain (default: the predicted class)")


def add_explain(parser: Parser) -> None:
    """The arguments of `explain`."""
    _add_choice(parser, "a picture: JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP")
    add = parser.add_argument
    add("--objective", choices=OBJECTIVES, default="logit", help="what is explained; see README (default: %(default)s)")
    add("--versus", metavar="CLASS", help="the class that --objective contrast sets against it (default: the likeliest other)")
    stages = f"; stages are {', '.join(STAGES['resnet'])}, or {', '.join(STAGES['vgg'])}"
    add("--stage", metavar="LAYER", help=f"the layer of --objective features (default: the last but one){stages}")
    where = "for NAME.png, NAME.npz and NAME.json of each picture (default: here)"
    add("--out", type=Path, default=Path(), metavar="DIR", help=where)
    look = parser.add_argument_group("display", "How the maps of NAME.png are drawn.").add_argument
    strongest = "of |relevance|, where colour is strongest, 1 to 100 (default: %(default)s)"
    look("--percentile", type=_number(1, 100), default=99.0, help=strongest)
    look("--colours", choices=COLOURS, default=next(iter(COLOURS)), help="(default: %(default)s)")
    photo = "how much of it shows through where relevance is weak, 0 to 1 (default: %(default)s)"
    look("--photo", type=_number(0, 1), default=0.0, help=photo)
    add_settings(parser)


def add_convert(parser: Parser) -> None:
    """The arguments of `convert`."""
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a checkpoint of a ResNet: .pth, .pt, .ckpt, .bin, .tar or .safetensors")
    add("--classes", type=Path, metavar="FILE", help="the class names in order: one a line, or a list in a .json file")
    add("--depth", type=int, choices=DEPTHS, help="which ResNet it must be (default: what its layers say)")
    add("--part", metavar="NAME", help="which network, where the checkpoint holds several")
    where = "the file to write (default: that name with .safetensors)"
    add("--out", type=Path, metavar="FILE", help=where)
    group = parser.add_argument_group("pictures", "As the network saw them when it was trained.")
    add = group.add_argument
    add("--size", type=_whole(32, MAX_SIDE), default=224, metavar="PIXELS", help="a side of its input (default: %(default)s)")
    shorter = "what the shorter side is scaled to before the centre is cut out (default: size / 0.875, such as 256 for 224)"
    add("--resize", type=_whole(32, 4 * MAX_SIDE), metavar="PIXELS", help=shorter)
    add("--interpolation", choices=INTERPOLATIONS, default=INTERPOLATIONS[0], help="(default: %(default)s)")
    for name, default in (("mean", MEAN), ("std", STD)):
        values = " ".join(map(str, default))
        text = f"of red, green and blue in 0..1 (default: ImageNet's, {values})"
        add(f"--{name}", type=float, nargs=3, default=default, metavar=("R", "G", "B"), help=text)


def add_measure(parser: Parser) -> None:
    """The arguments of `measure`."""
    _add_choice(parser, "a picture, or a folder of pictures")
    where = "for the tables pictures, summary and differences, each as .csv and .parquet (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=Path("measures"), metavar="DIR", help=where)
    group = parser.add_argument_group("measuring", "How pictures are changed to see what the network then says.")
    add_fields(group, Perturbation, "seed")  # which is a setting of methods too
    add = group.add_argument
    orders = "how many random orders stand for chance (default: %(default)s)"
    add("--random-orders", type=_whole(1, 1000), default=10, metavar="N", help=orders)
    level = "of the noise under which a map should stay, as a share of the pixels' range (default: %(default)s)"
    add("--noise-level", type=_number(1e-6, 1), default=0.02, metavar="SHARE", help=level)
    copies = "how many noisy copies are explained (default: %(default)s)"
    add("--noisy-copies", type=_whole(1, 1000), default=4, metavar="N", help=copies)
    add_settings(parser)
