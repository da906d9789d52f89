"""Work on a Ray cluster that a process of its own sends there, for servers.

Ray may end the process that is connected to a cluster when that is lost, and a process has but one connection.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from lrp.files.regular_file import OutputError
from lrp.jobs.attributes import StoreError
from lrp.jobs.batch import Explanation
from lrp.jobs.pipeline import JobProgress
from lrp.jobs.ray_cluster import AUTO, ClusterError
from lrp.jobs.ray_map import MapPlan, explain_map_on_ray
from lrp.jobs.ray_workers import JobPlan, explain_on_ray
from lrp.progress import Progress

POLL = 0.2  # seconds between two reports while nothing new is done
LEAVING = 30.0  # seconds that the process has to let its workers go
ROOT = Path(__file__).parents[2]
LOST = "The work that was sent to the Ray cluster was lost; start it again, and it goes on."

P = ParamSpec("P")
T = TypeVar("T")


def explain_by_driver(
    plan: JobPlan, shards: Sequence[int], address: str = AUTO, cores: int = 1
) -> Generator[JobProgress, None, None]:
    """Does what `lrp.jobs.ray_workers.explain_on_ray` does, by a process of its own.

    Yields what has been done since, every POLL seconds, also where that is nothing. To close the iterator ends the process and
    its workers. Raises as that does, and ClusterError where the process ends.
    """
    with closing(_steps(explain_on_ray, plan, list(shards), address, cores)) as steps:
        for step in steps:
            yield JobProgress(0) if step is None else step


def explain_map_by_driver(plan: MapPlan, address: str = AUTO, progress: Progress | None = None) -> Explanation:
    """Does what `lrp.jobs.ray_map.explain_map_on_ray` does, by a process of its own; returns the explanation.

    progress: called with the share of the work done every POLL seconds; raising from it ends the process and its worker. Raises
    as that does, and ClusterError where the process ends.
    """
    share, found = 0.0, None
    with closing(_steps(explain_map_on_ray, plan, address)) as steps:
        for step in steps:
            if isinstance(step, Explanation):
                share, found = 1.0, step
            elif step is not None:
                share = step
            if progress:
                progress(share)
    if found is None:
        raise ClusterError(LOST)
    return found


def _steps(work: Callable[P, Generator[T, None, None]], *arguments: P.args, **given: P.kwargs) -> Generator[T | None, None, None]:
    """Yields what `work` yields in a process of its own, and None where that is nothing within POLL seconds."""
    reading, writing = Pipe(duplex=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, "-m", "lrp.jobs.ray_driver", str(writing.fileno())], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        pass_fds=(writing.fileno(),), env=environment,
    )  # fmt: skip
    writing.close()
    try:
        with reading:
            assert process.stdin is not None
            with suppress(BrokenPipeError), process.stdin:
                pickle.dump((work, arguments, given), process.stdin)
            while said := _next_message(reading):
                yield cast(T | None, said[0])
    except GeneratorExit:
        process.terminate()
        raise
    finally:
        _wait_for(process)


def _next_message(reading: Connection) -> tuple[object, ...]:
    """Waits up to POLL seconds; returns the next step alone in a tuple, None if there is none yet, () once all are done.

    Raises StoreError and ClusterError with a sentence.
    """
    if not reading.poll(POLL):
        return (None,)
    try:
        said, sentence = pickle.loads(reading.recv_bytes())
    except EOFError:
        raise ClusterError(LOST) from None
    if sentence:
        raise (ClusterError if said == ClusterError.__name__ else StoreError)(sentence)
    return tuple(said)


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(LEAVING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def drive(writing: Connection) -> None:
    """Does the work that standard input holds, and writes each step, with "" behind it, or a kind of error and its sentence."""
    work, arguments, given = pickle.load(sys.stdin.buffer)

    def tell(said: object, sentence: str = "") -> None:
        writing.send_bytes(pickle.dumps((said, sentence)))

    try:
        with closing(work(*arguments, **given)) as steps:
            for step in steps:
                tell((step,))
        tell(())
    except (OutputError, ValueError) as error:
        tell(type(error).__name__, str(error))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Connection(int(sys.argv[1]), readable=False) as to_parent:
        drive(to_parent)
