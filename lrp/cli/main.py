"""The command line: the explanations of the page without a browser.

python -m lrp explain cat.jpg more/*.png --depth 50 --weights imagenet --method epsilon-plus-flat --out maps/
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lrp.cli.convert import View
from lrp.cli.convert import convert as convert_checkpoint
from lrp.cli.explain_files import Batch
from lrp.cli.files import OutputError, output_names, printable
from lrp.cli.measure_files import Survey, check_folder, find_pictures, lines, write_tables
from lrp.cli.method_flags import add_settings, describe, find_class, make, make_methods
from lrp.cli.parser import COLOURS, FIRST_CHOICE, Parser, add_convert, add_explain, add_measure, add_network, refusing
from lrp.display.export import prediction_in_words
from lrp.methods import METHODS, suits
from lrp.methods.composites import table
from lrp.metrics.perturbation import Perturbation
from lrp.models.architectures import check_depth
from lrp.models.architectures.resnet import build_resnet
from lrp.models.backbone import Backbone
from lrp.models.loading import load_backbone
from lrp.models.metadata import side_before_crop
from lrp.models.weights import WeightsError
from lrp.network.canonize import canonize
from lrp.network.graph import Network
from lrp.pictures.decode import InputError
from lrp.progress import Progress
from lrp.walk.objectives import OBJECTIVES, objectives_for


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0; 1 if something could not be read, had or written; 130 after Ctrl-C.

    Raises SystemExit(2), after one line on stderr, for arguments outside their limits.
    """
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except (WeightsError, OutputError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; what is still in the buffer must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def explain(options: argparse.Namespace) -> int:
    """Explains every file, with one line each on stdout; one that cannot be explained is a line on stderr and exit code 1."""
    batch, files = _batch(options), list(dict.fromkeys(options.files))
    names = dict(zip(files, output_names(files, options.out), strict=True))
    return _each(files, lambda file, progress: batch.explain(file, options.out / names[file], progress))


def measure(options: argparse.Namespace) -> int:
    """Measures every picture, with one line each on stdout and then the means, and writes the tables to the folder --out."""
    with refusing(options.parser):
        files = find_pictures(options.files)
    check_folder(options.out)
    survey, rows = _survey(options), list[dict[str, Any]]()

    def measured(file: str, progress: Progress) -> str:
        own = survey.measure(file, progress)
        rows.extend(own)
        gains = ", ".join(f"{row['method']} {row['gain']:+.2f}" for row in own)
        said = prediction_in_words(own[0]["class"], own[0]["probability"], len(survey.backbone.categories))
        return f"{printable(file)}: {said}; gain by {gains}"

    code = _each(files, measured)
    if rows:
        write_tables(options.out, rows)
        print("\n".join(lines(rows)))
    return code


def convert(options: argparse.Namespace) -> int:
    """Makes a .safetensors file of a checkpoint, and prints what is in it and what was assumed."""
    resize = side_before_crop(options.size) if options.resize is None else options.resize
    view = View(options.size, resize, options.interpolation, options.mean, options.std)
    with refusing(options.parser):
        print("\n".join(convert_checkpoint(options.file, view, options.classes, options.depth, options.part, options.out)))
    return 0


def methods(options: argparse.Namespace) -> int:
    """Prints every method with its settings."""
    print("\n\n".join(map(describe, METHODS.values())))
    return 0


def rules(options: argparse.Namespace) -> int:
    """Prints which rule the method gives to which node of the network."""
    with refusing(options.parser):
        network = _slimmest(options.architecture, check_depth(options.depth, options.architecture))
        (method,) = make_methods([options.method], options)
        if not method.has_rules:
            having = ", ".join(name for name, other in METHODS.items() if other.has_rules)
            raise ValueError(f"method must be one that has rules, {having}, got {method.name}")
        print(table(method.rules(network)))
    return 0


def _slimmest(architecture: str, depth: int) -> Network:
    """A network of that kind: which rule goes where depends on its layers alone, so it is neither trained nor wide."""
    if architecture == "vgg":
        from lrp.models.architectures.vgg import build_vgg

        return canonize(build_vgg(depth, (1, 1, 1, 1, 1), 1, 1).eval())
    return canonize(build_resnet(depth, (1, 1, 1, 1), 1).eval())


def _each(files: Sequence[str], work: Callable[[str, Progress], str]) -> int:
    """Works on one picture after the other and prints a line about each; returns 1 if one could not be used, else 0."""
    failed = False
    with tqdm(total=len(files), bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False, disable=None) as bar:
        for done, file in enumerate(files):
            bar.set_description(printable(Path(file).stem))
            progress = _shown(bar, done)
            try:
                tqdm.write(work(file, progress))
                sys.stdout.flush()
            except InputError as error:
                tqdm.write(f"{printable(file)}: {error}", file=sys.stderr)
                failed = True
            progress(1.0)
    return int(failed)


def _survey(options: argparse.Namespace) -> Survey:
    with refusing(options.parser):
        perturbation, methods = make(Perturbation, options), make_methods(options.method or FIRST_CHOICE, options)
    backbone = _network(options, methods)
    with refusing(options.parser):
        target = None if options.target is None else find_class(options.target, backbone.categories)
    return Survey(backbone, methods, target, perturbation, options.random_orders, options.noise_level, options.noisy_copies)


def _batch(options: argparse.Namespace) -> Batch:
    with refusing(options.parser):
        methods = _methods(options)
    backbone = _network(options, methods)
    with refusing(options.parser):
        _check_objective(options.objective, backbone)
        target, versus = (
            None if name is None else find_class(name, backbone.categories) for name in (options.target, options.versus)
        )
        place = options.stage or backbone.stages[-2]
        backbone.network.find(place)
    look = (COLOURS[options.colours], options.photo, options.percentile)
    return Batch(backbone, methods, options.objective, target, versus, place, *look)


def _check_objective(name: str, backbone: Backbone) -> None:
    """Raises ValueError for a question that compares classes, of a network with one logit."""
    possible = objectives_for(len(backbone.categories))
    if name not in possible:
        raise ValueError(
            f"objective {name} compares classes, and this network has one logit, the score of {backbone.categories[0]}; "
            f"choose --objective {' or '.join(possible)}"
        )


def _methods(options: argparse.Namespace) -> list[Any]:
    """The methods asked for, else those shown at first that can explain the objective."""
    objective = OBJECTIVES[options.objective]
    for name, owner in (("versus", "contrast"), ("stage", "features")):
        if getattr(options, name) is not None and objective.name != owner:
            raise ValueError(f"--{name} belongs to --objective {owner}, got --objective {objective.name}")
    if options.method is None:
        names = [name for name in FIRST_CHOICE if suits(objective, METHODS[name])]
        return make_methods(names, options)
    for name in options.method:
        if not suits(objective, METHODS[name]):
            raise ValueError(f"objective {objective.name} is defined for LRP only, got --method {name}")
    return make_methods(options.method, options)


def _network(options: argparse.Namespace, methods: Sequence[Any]) -> Backbone:
    """The network asked for, once it is known that the methods can explain it."""
    with refusing(options.parser):
        depth = check_depth(options.depth, options.architecture)
    backbone = _load(depth, options.weights, options.architecture)
    with refusing(options.parser):
        for method in methods:
            if method.has_rules:
                method.rules(backbone.network)  # rules judge their numbers when they are made: now, not at the first picture
    return backbone


def _load(depth: int, weights: str, architecture: str) -> Backbone:
    # The delay keeps the bar away where nothing is downloaded.
    with tqdm(desc="weights", unit="B", unit_scale=True, disable=None, delay=1e-3) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return load_backbone(depth, weights, show, architecture)


def _shown(bar: Any, before: int) -> Progress:
    """Shows the share done of one picture on the bar of all, `before` of which are done."""

    def show(share: float) -> None:
        bar.update(before + share - bar.n)

    return show


def _parser() -> Parser:
    parser = Parser("python -m lrp", description="Layer-wise Relevance Propagation and Integrated Gradients for pictures.")
    commands = parser.add_subparsers(required=True, metavar="explain | measure | convert | methods | rules")
    explaining = commands.add_parser("explain", help="explain what a network sees in pictures", allow_abbrev=False)
    add_explain(explaining)
    explaining.set_defaults(run=explain, parser=explaining)
    measuring = commands.add_parser("measure", help="measure how far the maps of pictures can be trusted", allow_abbrev=False)
    add_measure(measuring)
    measuring.set_defaults(run=measure, parser=measuring)
    converting = commands.add_parser("convert", help="make a file of weights of a checkpoint", allow_abbrev=False)
    add_convert(converting)
    converting.set_defaults(run=convert, parser=converting)
    listing = commands.add_parser("methods", help="list every method with its settings", allow_abbrev=False)
    listing.set_defaults(run=methods)
    which = commands.add_parser("rules", help="print which rule a method gives to which layer", allow_abbrev=False)
    which.add_argument("--method", choices=METHODS, metavar="NAME", required=True, help="see python -m lrp methods")
    add_network(which)
    add_settings(which)
    which.set_defaults(run=rules, parser=which)
    return parser


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    sys.exit(main())
