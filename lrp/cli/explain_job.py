"""The command `explain` with many pictures: a job whose results go to one store."""

import argparse
import os
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import closing

from tqdm import tqdm

from lrp.cli.files import printable
from lrp.cli.parser import Parser, whole_number
from lrp.cli.run_files import network_source
from lrp.files.plain_text import plain_text
from lrp.files.regular_file import os_reason, read_regular
from lrp.jobs.channels import last_layer
from lrp.jobs.job import BATCH, DTYPES, SHARD, JobSettings
from lrp.jobs.listing import SourceFile, is_collection, list_pictures
from lrp.jobs.pipeline import JobProgress, explain_shards
from lrp.jobs.ray_cluster import AUTO
from lrp.jobs.ray_workers import JobPlan, explain_on_ray
from lrp.jobs.read_store import read_store
from lrp.jobs.shards import Shard
from lrp.jobs.store import ResultStore, open_store
from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.pictures.picture_files import STDIN
from lrp.walk.objective_choice import ObjectiveChoice

FLAGS = (  # that only jobs have
    "list", "limit", "shuffle", "class_from_folder", "faithfulness", "dtype", "batch", "shard", "channels", "ray",
    "ray_cores",
)  # fmt: skip
LAST = "last"
MAX_LIST = 500_000_000  # bytes, of several million names
DISPLAY = ("percentile", "colours", "photo")  # flags that only pictures which are named one by one have


def add_job_flags(parser: Parser) -> None:
    """Adds the flags of jobs."""
    about = "Of folders, patterns and lists, whose results go to one store, --out; the same command goes on where it stopped."
    add = parser.add_argument_group("jobs", about).add_argument
    add("--list", metavar="FILE", help="a file with a picture, folder, pattern or address on each line; - for standard input")
    add("--limit", type=whole_number(1, 10**9), metavar="N", help="explain so many pictures at most")
    order = "in a random order, by which --limit takes a sample; the same for the same SEED (default: 0)"
    add("--shuffle", type=whole_number(0, 2**31 - 1), nargs="?", const=0, metavar="SEED", help=order)
    add("--class-from-folder", action="store_true", help="explain the class that each picture's folder is called after")
    add("--faithfulness", action="store_true", help="measure deletion and insertion too; some forty forward passes a map")
    add("--dtype", choices=DTYPES, default=DTYPES[0], help="of the maps in the store (default: %(default)s)")
    at_once = "pictures that the network is given at once (default: %(default)s)"
    add("--batch", type=whole_number(1, 4096), default=BATCH, metavar="N", help=at_once)
    written = "pictures that are written at once, which a killed run may do again (default: %(default)s)"
    add("--shard", type=whole_number(1, 10**6), default=SHARD, metavar="N", help=written)
    per_channel = f"keep the relevance of each channel of a layer too, by methods of LRP ({LAST}, the default: its last stage)"
    add("--channels", metavar="LAYER", nargs="?", const=LAST, help=per_channel)
    cluster = f"explain by the workers of a Ray cluster: {AUTO} for the one of this machine, or for its own processors"
    add("--ray", metavar="ADDRESS", help=cluster)
    cores = "of each worker on processors (default: %(default)s)"
    add("--ray-cores", type=whole_number(1, 1024), default=1, metavar="N", help=cores)


def check_job_flags(args: argparse.Namespace) -> bool:
    """Returns whether what is typed makes a job. Raises ValueError for flags that it then has no use for, and for no picture."""
    is_job = args.list is not None or any(map(is_collection, args.files))
    if not is_job and not args.files:
        raise ValueError("the following arguments are required: FILE")
    for name in DISPLAY if is_job else FLAGS:
        if getattr(args, name) != args.parser.get_default(name):
            flag = f"--{name.replace('_', '-')}"
            whose = "of pictures that are named one by one" if is_job else "of a job"
            raise ValueError(f"{flag} is a setting {whose}, got {', '.join(map(printable, args.files)) or '--list'}")
    if is_job and args.out == args.parser.get_default("out"):
        raise ValueError("a job needs --out STORE, the folder for its results")
    return is_job


def job_entries(args: argparse.Namespace) -> list[SourceFile]:
    """Returns the pictures of a job. Raises ValueError with a sentence where there is none."""
    sources = [*args.files, *([] if args.list is None else _listed(args.list))]
    if STDIN in sources:
        raise ValueError("a job takes no picture from standard input; --list - takes their names from there")
    entries = list_pictures(sources, args.limit, args.shuffle)
    if not entries:
        raise ValueError(f"--list must name pictures, got {printable(args.list)} with none")
    return entries


def make_job(args: argparse.Namespace, backbone: Backbone, methods: Sequence[Method], choice: ObjectiveChoice) -> JobSettings:
    """Returns the job that is asked for. Raises ValueError for settings that contradict each other."""
    if args.class_from_folder and args.target is not None:
        raise ValueError("--class-from-folder says which class is explained; leave out --target")
    channels = last_layer(backbone) if args.channels == LAST else args.channels or ""
    given = (args.class_from_folder, args.faithfulness, args.dtype, args.batch, args.shard, channels)
    return JobSettings(backbone, tuple(methods), choice, *given)


def run_explain_job(args: argparse.Namespace, job: JobSettings, entries: Sequence[SourceFile]) -> int:
    """Explains the pictures that the store does not have yet, with a line on what it has then; returns 1 if one has no result.

    Raises StoreError, and ValueError where a method cannot explain this network.
    """
    with open_store(args.out, job, entries) as store:
        todo = _unfinished(store)
        if args.ray is None or not todo:
            _show(explain_shards(job, store, todo), store, todo)
        else:
            plan = JobPlan.of(job, network_source(args), store.path)
            _show(explain_on_ray(plan, [shard.number for shard in todo], args.ray, args.ray_cores), store, todo)
    rows = read_store(args.out).rows(["file", "problem"])
    failed = len(set(rows.filter(rows["problem"].to_numpy(zero_copy_only=False) != "")["file"].to_pylist()))
    bad = f", {failed} of them without a result for a reason that their rows give" if failed else ""
    print(f"{printable(str(args.out))}: {len(store.entries)} pictures{bad}")
    return int(failed > 0)


def _unfinished(store: ResultStore) -> list[Shard]:
    """The shards that are not done yet."""
    todo = [shard for shard in tqdm(store.shards, "checked", leave=False, disable=None) if not store.is_done(shard)]
    if there := len(store.entries) - _count(todo):
        tqdm.write(f"{there} of {len(store.entries)} pictures are there already")
    return todo


def _show(steps: Generator[JobProgress, None, None], store: ResultStore, todo: Sequence[Shard]) -> None:
    """Has the work done, with a bar that shows its rate and the time left, and a line for each picture that has no result."""
    start = time.monotonic()
    total = len(store.entries)
    count = _count(todo)
    with closing(steps), tqdm(total=total, initial=total - count, unit="picture", leave=False, disable=None) as bar:
        for step in steps:
            bar.update(step.explained)
            for row in step.problems:
                tqdm.write(plain_text(f"{row['file']}: {row['problem']}"), file=sys.stderr)
    if count:
        print(f"{count} pictures in {time.monotonic() - start:.1f} s, {count / (time.monotonic() - start):.1f} a second")


def _count(shards: Sequence[Shard]) -> int:
    return sum(len(shard.entries) for shard in shards)


def _listed(file: str) -> list[str]:
    """The lines of a list. Raises ValueError for one that cannot be read, is no regular file, or is longer than MAX_LIST."""
    try:
        data = _names_from_stdin() if file == STDIN else read_regular(file, MAX_LIST, follow_link=True)
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise ValueError(f"--list must be a file with a name on each line, got {printable(file)} ({reason})") from None
    return [line for line in os.fsdecode(data).replace("\r\n", "\n").split("\n") if line.strip()]


def _names_from_stdin() -> bytes:
    data = sys.stdin.buffer.read(MAX_LIST + 1)
    if len(data) > MAX_LIST:
        raise ValueError(f"it has more than {MAX_LIST:,} bytes")
    return data
