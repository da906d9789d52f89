"""The command `explain`: explains what a network sees in pictures."""

import argparse
from pathlib import Path

from lrp.cli.explain_files import ExplainRun
from lrp.cli.explain_job import add_job_flags, check_job_flags, job_entries, make_job, run_explain_job
from lrp.cli.method_flags import add_method_settings, make_methods
from lrp.cli.parser import DEFAULT_METHODS, Parser, add_subject_flags, bounded_number, refusing
from lrp.cli.result_folder import ResultFolder
from lrp.cli.run_files import load_from_flags, run_files
from lrp.cli.settings_file import RecordedSettings, read_settings_file, use_settings_file
from lrp.display.colours import SCALES
from lrp.heads import HEADS, SIGMOID
from lrp.methods import METHODS, check_suits, suits
from lrp.methods.method import Method
from lrp.models.architectures import STAGES
from lrp.models.backbone import Backbone
from lrp.models.find_class import find_class
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import OBJECTIVES, Logit, objectives_for

NAME = "explain"
HELP = "explain what a network sees in pictures"
COLOURS = {name.lower().replace(" ", ""): name for name in SCALES}  # as typed -> name of the scale


def add_flags(parser: Parser) -> None:
    """Adds the flags of `explain`."""
    kinds = "a picture: JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP; - for standard input, sample:Cat for a sample"
    add_subject_flags(parser, f"{kinds}; or a folder, a pattern or an address of an object store, which makes a job", "*")
    add = parser.add_argument
    written = "instead of all flags below but --out, --device and those of jobs: the settings that the page or a run has written"
    add("--settings", metavar="FILE", help=written)
    kinds = "logit, of predicted values value"
    add("--objective", choices=OBJECTIVES, help=f"what is explained; see README (default: {kinds})")
    add("--versus", metavar="CLASS", help="the class that --objective contrast sets against it (default: the likeliest other)")
    stages = f"; stages are {', '.join(STAGES['resnet'])}, or {', '.join(STAGES['vgg'])}"
    add("--stage", metavar="LAYER", help=f"the layer of --objective features (default: the last but one){stages}")
    where = "for NAME.png, NAME.npz and NAME.json of each picture (default: here), or the store of a job"
    add("--out", type=Path, default=Path(), metavar="DIR", help=where)
    add = parser.add_argument_group("display", "How the maps of NAME.png are drawn.").add_argument
    strongest = "of |relevance|, where colour is strongest, 1 to 100 (default: %(default)s)"
    add("--percentile", type=bounded_number(1, 100), default=99.0, help=strongest)
    add("--colours", choices=COLOURS, default=next(iter(COLOURS)), help="(default: %(default)s)")
    photo = "how much of it shows through where relevance is weak, 0 to 1 (default: %(default)s)"
    add("--photo", type=bounded_number(0, 1), default=0.0, help=photo)
    add_job_flags(parser)
    add_method_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Explains every file, with one line each on stdout, or a job's pictures; returns 1 if one could not be explained, else 0."""
    with refusing(args.parser):
        recorded = None if args.settings is None else read_settings_file(args.settings)
        if recorded:
            use_settings_file(args, recorded)
        is_job = check_job_flags(args)
        methods = [*recorded.methods] if recorded else _methods(args)
        entries = job_entries(args) if is_job else []
    backbone = load_from_flags(args, methods)
    with refusing(args.parser):
        choice = _recorded_choice(recorded, backbone) if recorded else _choice(args, backbone)
        if is_job:
            return run_explain_job(args, make_job(args, backbone, methods, choice), entries)
    display = (COLOURS[args.colours], args.photo, args.percentile)
    if recorded:
        display = (recorded.scale, recorded.photo, recorded.percentile)
    explaining = ExplainRun(backbone, methods, choice, *display)
    files = list(dict.fromkeys(args.files))
    results = ResultFolder(args.out, files)
    return run_files(files, lambda file, progress: explaining.explain(file, results, progress))


def _choice(args: argparse.Namespace, backbone: Backbone) -> ObjectiveChoice:
    """What is explained. Raises ValueError for what this network does not have."""
    objective = _objective_name(args.objective, backbone)
    target, versus = (None if name is None else find_class(name, backbone.categories) for name in (args.target, args.versus))
    place = args.stage or backbone.stages[-2]
    backbone.network.find(place)
    return ObjectiveChoice(objective, target, versus, place)


def _recorded_choice(recorded: RecordedSettings, backbone: Backbone) -> ObjectiveChoice:
    """What a file of settings explains. Raises ValueError for another network than its own, and what that does not have."""
    recorded.check(backbone)
    choice = recorded.choice
    _objective_name(choice.name, backbone)
    for index in (choice.target, choice.versus):
        if isinstance(index, int) and not 0 <= index < len(backbone.categories):
            raise ValueError(f"target must be between 0 and {len(backbone.categories) - 1}, got {index}")
    if choice.place is not None:
        backbone.network.find(choice.place)
    return choice


def _objective_name(name: str | None, backbone: Backbone) -> str:
    """The objective asked for, or the usual one. Raises ValueError for one that is not meant for such outputs."""
    possible = objectives_for(backbone.head)
    if name is None:
        return next(iter(possible))
    if name not in possible:
        kind = OBJECTIVES[name]
        meant = "compares classes" if kind.compares() else f"is about {' and '.join(HEADS[head].meaning for head in kind.heads)}"
        alone = f"one logit, the score of {backbone.categories[0]}"
        outputs = alone if backbone.kind is SIGMOID and len(backbone.categories) == 1 else backbone.kind.meaning
        raise ValueError(
            f"objective {name} {meant}, and this network has {outputs}; choose --objective {' or '.join(possible)}"
        )
    return name


def _methods(args: argparse.Namespace) -> list[Method]:
    """The methods asked for, else those of DEFAULT_METHODS that can explain the objective. Raises ValueError for misfits."""
    objective = Logit if args.objective is None else OBJECTIVES[args.objective]
    for flag, owner in (("versus", "contrast"), ("stage", "features")):
        if getattr(args, flag) is not None and objective.name != owner:
            raise ValueError(f"--{flag} belongs to --objective {owner}, got --objective {objective.name}")
    if args.method is None:
        return make_methods([name for name in DEFAULT_METHODS if suits(objective, METHODS[name])], args)
    for name in args.method:
        check_suits(objective, METHODS[name])
    return make_methods(args.method, args)
