"""The command line: one subcommand a file, and how errors become messages and exit codes.

python -m lrp explain cat.jpg more/*.png --depth 50 --weights imagenet --method epsilon-plus-flat --out maps/
"""

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from lrp.cli import app, convert, explain, measure, methods, networks, rules, search
from lrp.cli.parser import Parser
from lrp.files.plain_text import plain_text
from lrp.files.regular_file import OutputError, os_reason
from lrp.models.weights import WeightsError
from lrp.network.out_of_memory import OUT_OF_MEMORY, is_out_of_memory

NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # of a stream, which has no name as a file has

COMMANDS = (explain, measure, search, networks, convert, methods, rules, app)  # each has NAME, HELP, `add_flags` and `run`


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0; 1 if something could not be read, had or written; 130 after Ctrl-C.

    argv: what is typed after `python -m lrp`; None for the program's own. Raises SystemExit(2), after one line on stderr, for
    flags and values outside their limits.
    """
    _open_missing_streams()
    args = build_parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except (WeightsError, OutputError) as error:
        print(plain_text(str(error)), file=sys.stderr)
        return 1
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(OUT_OF_MEMORY, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; what is still in the buffer must not fail once more at exit.
        _silence(sys.stdout)
        return 1
    except OSError as error:
        if error.filename is not None or error.errno not in NOT_WRITTEN:
            raise
        _silence(sys.stdout)
        print(f"what this command tells could not be written ({os_reason(error)})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _open_missing_streams() -> None:
    """Opens what was closed when the program began: what is told there is lost, and no file of results takes its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY), mode))


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def build_parser() -> Parser:
    """Returns the parser of all commands; the parsed `run` is the function of the chosen one, `parser` its own parser."""
    program = "lrp" if Path(sys.argv[0]).stem == "lrp" else "python -m lrp"
    parser = Parser(program, description="Layer-wise Relevance Propagation and Integrated Gradients for pictures.")
    subparsers = parser.add_subparsers(required=True, metavar=" | ".join(command.NAME for command in COMMANDS))
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.NAME, help=command.HELP, allow_abbrev=False)
        command.add_flags(subparser)
        subparser.set_defaults(run=command.run, parser=subparser)
    return parser


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    sys.exit(main())
