"""The command `methods`: lists every method with its settings."""

import argparse
import textwrap
from dataclasses import fields

from lrp.cli.method_flags import flag_of, setting_default, setting_limits
from lrp.cli.parser import Parser
from lrp.methods import METHODS
from lrp.methods.method import Method

NAME = "methods"
HELP = "list every method with its settings"
WIDTH = 100  # characters of a line


def add_flags(parser: Parser) -> None:
    """Adds nothing: the command has no flags."""


def run(args: argparse.Namespace) -> int:
    """Prints every method with its settings and returns 0."""
    print("\n\n".join(map(_describe, METHODS.values())))
    return 0


def _describe(method: type[Method]) -> str:
    """Name, label and summary of a method, and each setting with default, limits and help, over several lines."""
    lines = [f"{method.name}: {method.label}", _indent(method.summary, 2)]
    for setting in fields(method):
        known = "; ".join(filter(None, (f"default {setting_default(setting)}", setting_limits(setting))))
        lines += [f"  {flag_of(setting.name)} ({known})", _indent(setting.metadata["help"], 6)]
    return "\n".join(lines)


def _indent(text: str, spaces: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * spaces, subsequent_indent=" " * spaces)
