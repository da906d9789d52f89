"""Flags that say of a network what its file does not, and the settings that are made of them."""

import argparse
from pathlib import Path

from lrp.cli.parser import Parser, bounded_number, whole_number
from lrp.heads import HEADS
from lrp.models.preparation import IMAGENET_MEAN, IMAGENET_STD, INTERPOLATIONS, MAX_SIDE, MIN_SIDE


def add_fit_flags(parser: Parser) -> None:
    """Adds the file of a network, and the flags for its classes, its pictures and where to write."""
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a checkpoint (.pth, .pt, .ckpt, .bin, .tar, .safetensors), or a folder with one")
    names = "the class names: .txt with one a line, .json with a list or index and name, or .csv"
    add("--classes", type=Path, metavar="FILE", help=names)
    add("--part", metavar="NAME", help="which network, where the file holds several")
    add("--out", type=Path, metavar="FILE", help="the file to write (default: that name with .safetensors)")
    add = parser.add_argument_group("pictures", "As the network saw them when it was trained.").add_argument
    small = "32 for a ResNet with a 3x3 stem or a VGG whose head takes one place"
    side = f"of its input: a side, or height and width (default: what the file says, else 224, and {small})"
    add("--size", type=whole_number(MIN_SIDE, MAX_SIDE), nargs="+", metavar="PIXELS", help=side)
    shorter = "what the shorter side is scaled to before the centre is cut out (default: size / 0.875, such as 256 for 224)"
    add("--resize", type=whole_number(MIN_SIDE, 4 * MAX_SIDE), metavar="PIXELS", help=shorter)
    add("--interpolation", choices=INTERPOLATIONS, help=f"(default: what the file says, else {INTERPOLATIONS[0]})")
    for name, default in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
        values = " ".join(map(str, default))
        text = f"of each channel in 0..1 (default: what the file says, else ImageNet's, {values})"
        add(f"--{name}", type=float, nargs="+", metavar="VALUE", help=text)


def add_further_flags(parser: Parser) -> None:
    """Adds the flags that only newer commands have."""
    add = parser.add_argument_group("more").add_argument
    share = "instead of --resize: the share of the shorter side that is cut out"
    add("--crop-pct", type=bounded_number(0.25, 1), metavar="SHARE", help=share)
    add("--squash", action="store_true", help="the whole picture is scaled to the size, whatever its sides, and nothing is cut")
    add("--head", choices=HEADS, help="what the outputs mean (default: what the file says, else softmax)")
    add("--picture", metavar="FILE", help="print what the network sees in a picture, to check all of this")
    add("--architecture", metavar="NAME", help="what it must be, such as resnet50d (default: what its shapes say)")


def network_settings(args: argparse.Namespace) -> dict[str, object]:
    """Returns the settings of `lrp.load_network` that the flags give."""
    size = args.size
    given: dict[str, object] = {
        "categories": args.classes, "part": args.part, "size": size[0] if size and len(size) == 1 else size,
        "resize": args.resize, "interpolation": args.interpolation, "mean": _values(args.mean), "std": _values(args.std),
        **{name: getattr(args, name, None) for name in ("crop_pct", "head", "architecture")},
        "squash": getattr(args, "squash", False) or None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _values(values: list[float] | None) -> object:
    """One number for all channels, or one for each."""
    return values[0] if values and len(values) == 1 else values
