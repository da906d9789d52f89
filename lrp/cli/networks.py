"""The command `networks`: adds a person's own networks, and lists those that are there."""

import argparse
from pathlib import Path

from lrp.cli.add_network import add_network, default_target
from lrp.cli.files import printable
from lrp.cli.network_flags import add_fit_flags, add_further_flags, network_settings
from lrp.cli.parser import Parser, refusing
from lrp.files.plain_text import plain_text
from lrp.models.network_folder import described_networks, network_folder
from lrp.models.own_network import networks

NAME = "networks"
HELP = "add a network of your own, or list those that are there"


def add_flags(parser: Parser) -> None:
    """Adds the commands `networks add` and `networks list` with their flags."""
    commands = parser.add_subparsers(required=True, metavar="add | list")
    adding = commands.add_parser("add", help="write one file of a checkpoint that says all that is needed", allow_abbrev=False)
    add_fit_flags(adding)
    add_further_flags(adding)
    adding.set_defaults(act=_add, command=adding)
    listing = commands.add_parser("list", help="print the names and files that --network takes", allow_abbrev=False)
    where = "where the files are (default: what LRP_NETWORKS names, else the folder that one is in)"
    listing.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help=where)
    listing.set_defaults(act=_list, command=listing)


def run(args: argparse.Namespace) -> int:
    """Does what the command after `networks` says, and returns 0."""
    with refusing(args.command):
        print("\n".join(map(plain_text, args.act(args))))
    return 0


def _add(args: argparse.Namespace) -> list[str]:
    """Writes the file, and returns what is in it and what was assumed."""
    target = args.out or default_target(args.file, network_folder() or args.file.parent)
    return add_network(args.file, network_settings(args), target, picture=args.picture)


def _list(args: argparse.Namespace) -> list[str]:
    """A line for each published network and for each file."""
    folder = args.folder or network_folder() or Path()
    if not folder.is_dir():
        raise ValueError(f"FOLDER must be a folder, got {printable(str(folder))}")
    lines = [f"{printable(str(file.path))}  {file.words}" for file in described_networks(folder)]
    return [*networks(), *lines]
