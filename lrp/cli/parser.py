"""The parser that every command has, and the flags that several commands share."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from lrp.files.plain_text import plain_text
from lrp.methods import METHODS
from lrp.models.architectures import ARCHITECTURES
from lrp.models.device import DEVICES

DEFAULT_METHODS = ("uniform-epsilon", "epsilon-plus-flat", "integrated-gradients")  # the page's first view


class Parser(argparse.ArgumentParser):
    """An argument parser that says in one line what is wrong; the usage, a screen long here, is left to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {plain_text(message)}\n")


@contextmanager
def refusing(parser: argparse.ArgumentParser) -> Iterator[None]:
    """Turns a ValueError into the parser's own error: one line on stderr and SystemExit(2)."""
    try:
        yield
    except ValueError as error:
        parser.error(str(error))


def bounded_number(low: float, high: float) -> Callable[[str], float]:
    """Returns an argparse type for numbers from `low` to `high`."""

    def number(text: str) -> float:
        if low <= float(text) <= high:
            return float(text)
        raise argparse.ArgumentTypeError(f"must be between {low:g} and {high:g}, got {text}")

    return number


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Returns an argparse type for whole numbers from `low` to `high`."""

    def whole(text: str) -> int:
        if low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be between {low} and {high}, got {text}")

    return whole


def add_network_flags(parser: Parser) -> None:
    """Adds the flags for architecture and depth."""
    kinds = ", ".join(f"{name} {' | '.join(map(str, depths))}" for name, depths in ARCHITECTURES.items())
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="resnet", help="(default: %(default)s)")
    parser.add_argument("--depth", type=int, help=f"{kinds} (default: the first)")
    own = "instead: a network by name, or a file or folder of your own; see python -m lrp networks"
    parser.add_argument("--network", metavar="NAME_OR_PATH", help=own)


def add_pictures_flags(parser: Parser, files_help: str, count: str = "+") -> None:
    """Adds the files, so many as argparse has by `count`, and the flags for network, weights and device."""
    add = parser.add_argument
    add("files", nargs=count, metavar="FILE", help=files_help)
    add_network_flags(parser)
    add("--weights", default="demo", help="demo, imagenet, or a .safetensors file (default: %(default)s)")
    where = f"where it computes: {', '.join(DEVICES)}, or such as cuda:1; auto is an accelerator if there is one"
    add("--device", default="cpu", help=f"{where} (default: %(default)s)")


def add_subject_flags(parser: Parser, files_help: str, count: str = "+") -> None:
    """Adds the files, as `add_pictures_flags` does, and the flags for network, weights, methods and class."""
    add_pictures_flags(parser, files_help, count)
    add = parser.add_argument
    several = f"may be given several times; see python -m lrp methods (default: {', '.join(DEFAULT_METHODS)})"
    add("--method", action="append", choices=METHODS, metavar="NAME", help=several)
    add("--target", help="name or index of the class to explain (default: the predicted class)")
