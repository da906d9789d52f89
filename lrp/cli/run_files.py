"""One file after the other with a progress bar, and the network that explains them."""

import argparse
import sys
from collections.abc import Callable, Sequence

from tqdm import tqdm

from lrp.cli.files import printable, result_stem
from lrp.cli.parser import refusing
from lrp.files.plain_text import plain_text
from lrp.methods.method import Method, uses_rules
from lrp.methods.suitable import check_has_rectifiers
from lrp.models.backbone import Backbone
from lrp.models.network_source import NetworkSource
from lrp.network.out_of_memory import OUT_OF_MEMORY, is_out_of_memory
from lrp.pictures.decode import InputError
from lrp.progress import Progress


def run_files(files: Sequence[str], work: Callable[[str, Progress], str | None]) -> int:
    """Calls `work` for one file after the other and prints the line that it returns, if any; returns 1 if one failed, else 0.

    A file fails by InputError, whose message becomes a line on stderr, and by too little memory.
    """
    failed = False
    with tqdm(total=len(files), bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False, disable=None) as bar:
        for done, file in enumerate(files):
            bar.set_description(printable(result_stem(file)))
            progress = _bar_progress(bar, done)
            try:
                if (line := work(file, progress)) is not None:
                    tqdm.write(plain_text(line))
                    sys.stdout.flush()
            except InputError as error:
                tqdm.write(plain_text(f"{file}: {error}"), file=sys.stderr)
                failed = True
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                tqdm.write(f"{printable(file)}: {OUT_OF_MEMORY}", file=sys.stderr)
                failed = True
            progress(1.0)
    return int(failed)


def load_from_flags(args: argparse.Namespace, methods: Sequence[Method]) -> Backbone:
    """Returns the network that `args` asks for, and refuses methods that cannot explain it."""
    with refusing(args.parser):
        source = network_source(args)
        # The delay keeps the bar away where nothing is downloaded.
        with tqdm(desc="weights", unit="B", unit_scale=True, disable=None, delay=1e-3) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            backbone = source.load(show)
        for method in methods:
            if uses_rules(method):
                method.rules(backbone.network)  # rules judge their numbers when they are made: now, not at the first picture
            check_has_rectifiers(method, backbone.network)
    return backbone


def network_source(args: argparse.Namespace) -> NetworkSource:
    """Returns where the network that `args` asks for comes from. Raises ValueError for flags that contradict each other."""
    given = getattr(args, "prepared", {})  # by a file of settings
    return NetworkSource(args.architecture, args.depth, args.weights, args.network, args.device, given)


def _bar_progress(bar: "tqdm[None]", done: int) -> Progress:
    """The callback that shows the progress of one file on the bar of all files, `done` of which are finished."""

    def show(share: float) -> None:
        bar.update(done + share - bar.n)

    return show
