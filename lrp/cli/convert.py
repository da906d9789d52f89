"""The command `convert`: the older name of `networks add`, for ResNets, which writes beside the checkpoint."""

import argparse

from lrp.cli.add_network import add_network, default_target
from lrp.cli.network_flags import add_fit_flags, network_settings
from lrp.cli.parser import Parser, refusing
from lrp.files.plain_text import plain_text
from lrp.models.architectures import DEPTHS

NAME = "convert"
HELP = "make a file of weights of a checkpoint; see networks add"


def add_flags(parser: Parser) -> None:
    """Adds the flags of `convert`."""
    add_fit_flags(parser)
    parser.add_argument("--depth", type=int, choices=DEPTHS, help="which ResNet it must be (default: what its layers say)")


def run(args: argparse.Namespace) -> int:
    """Writes the .safetensors file, prints what is in it and what was assumed, and returns 0."""
    target = args.out or default_target(args.file, args.file.parent)
    with refusing(args.parser):
        print("\n".join(map(plain_text, add_network(args.file, network_settings(args), target, args.depth))))
    return 0
