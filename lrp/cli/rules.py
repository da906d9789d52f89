"""The command `rules`: prints which rule a method gives to which layer."""

import argparse

from lrp.cli.method_flags import add_method_settings, make_methods
from lrp.cli.parser import Parser, add_network_flags, refusing
from lrp.methods import METHODS
from lrp.methods.composites import table
from lrp.methods.method import uses_rules
from lrp.models.architectures import check_depth
from lrp.models.architectures.efficientnet_lite import EfficientNetLite
from lrp.models.architectures.resnet import build_resnet
from lrp.models.own_network import load_network
from lrp.network.canonize import canonize
from lrp.network.graph import Network

NAME = "rules"
HELP = "print which rule a method gives to which layer"


def add_flags(parser: Parser) -> None:
    """Adds the flags of `rules`."""
    parser.add_argument("--method", choices=METHODS, metavar="NAME", required=True, help="see python -m lrp methods")
    add_network_flags(parser)
    add_method_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the rule of each node of the network, one line each, and returns 0."""
    with refusing(args.parser):
        network = _network(args)
        (method,) = make_methods([args.method], args)
        if not uses_rules(method):
            having = ", ".join(name for name, other in METHODS.items() if other.has_rules)
            raise ValueError(f"method must be one that has rules, {having}, got {method.name}")
        print(table(method.rules(network)))
    return 0


def _network(args: argparse.Namespace) -> Network:
    """The network that `args` asks for; raises ValueError for flags that contradict each other."""
    if args.network is None:
        return _narrow_network(args.architecture, check_depth(args.depth, args.architecture))
    if (args.depth, args.architecture) != (None, "resnet"):
        raise ValueError("--network says all of a network; leave out --depth and --architecture")
    return load_network(args.network).network


def _narrow_network(architecture: str, depth: int) -> Network:
    """An untrained network of that kind, narrow where it can be: which rule goes where depends on the layers alone."""
    if architecture == "vgg":
        from lrp.models.architectures.vgg import build_vgg

        return canonize(build_vgg(depth, (1, 1, 1, 1, 1), 1, 1).eval())
    if architecture == "efficientnet_lite":
        return canonize(EfficientNetLite(1).eval())
    return canonize(build_resnet(depth, (1, 1, 1, 1), 1).eval())
