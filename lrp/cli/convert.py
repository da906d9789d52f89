"""The command `convert`: makes a .safetensors file of a checkpoint."""

import argparse
from pathlib import Path

from lrp.cli.convert_file import MEAN, STD, Preparation, convert_file
from lrp.cli.parser import Parser, refusing, whole_number
from lrp.models.architectures import DEPTHS
from lrp.models.metadata import INTERPOLATIONS, MAX_SIDE, side_before_crop

NAME = "convert"
HELP = "make a file of weights of a checkpoint"


def add_flags(parser: Parser) -> None:
    """Adds the flags of `convert`."""
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a checkpoint of a ResNet: .pth, .pt, .ckpt, .bin, .tar or .safetensors")
    add("--classes", type=Path, metavar="FILE", help="the class names in order: one a line, or a list in a .json file")
    add("--depth", type=int, choices=DEPTHS, help="which ResNet it must be (default: what its layers say)")
    add("--part", metavar="NAME", help="which network, where the checkpoint holds several")
    add("--out", type=Path, metavar="FILE", help="the file to write (default: that name with .safetensors)")
    add = parser.add_argument_group("pictures", "As the network saw them when it was trained.").add_argument
    side = "a side of its input (default: %(default)s)"
    add("--size", type=whole_number(32, MAX_SIDE), default=224, metavar="PIXELS", help=side)
    shorter = "what the shorter side is scaled to before the centre is cut out (default: size / 0.875, such as 256 for 224)"
    add("--resize", type=whole_number(32, 4 * MAX_SIDE), metavar="PIXELS", help=shorter)
    add("--interpolation", choices=INTERPOLATIONS, default=INTERPOLATIONS[0], help="(default: %(default)s)")
    for name, default in (("mean", MEAN), ("std", STD)):
        values = " ".join(map(str, default))
        text = f"of red, green and blue in 0..1 (default: ImageNet's, {values})"
        add(f"--{name}", type=float, nargs=3, default=default, metavar=("R", "G", "B"), help=text)


def run(args: argparse.Namespace) -> int:
    """Writes the .safetensors file, prints what is in it and what was assumed, and returns 0."""
    resize = side_before_crop(args.size) if args.resize is None else args.resize
    preparation = Preparation(args.size, resize, args.interpolation, args.mean, args.std)
    with refusing(args.parser):
        print("\n".join(convert_file(args.file, preparation, args.classes, args.depth, args.part, args.out)))
    return 0
