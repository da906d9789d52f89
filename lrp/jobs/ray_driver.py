"""A job on a Ray cluster that a process of its own sends there, for servers.

Ray may end the process that is connected to a cluster when that is lost, and a process has but one connection.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from lrp.files.regular_file import OutputError
from lrp.jobs.attributes import StoreError
from lrp.jobs.pipeline import JobProgress
from lrp.jobs.ray_workers import AUTO, ClusterError, JobPlan, explain_on_ray

POLL = 0.2  # seconds between two reports while nothing new is done
LEAVING = 30.0  # seconds that the process has to let its workers go
ROOT = Path(__file__).parents[2]

Message = list[object]  # the fields of a JobProgress; or one sentence, of a job that cannot go on; or none, of one that is done


def explain_by_driver(
    plan: JobPlan, shards: Sequence[int], address: str = AUTO, cores: int = 1
) -> Generator[JobProgress, None, None]:
    """Does what `lrp.jobs.ray_workers.explain_on_ray` does, by a process of its own.

    Yields what has been done since, every POLL seconds, also where that is nothing. To close the iterator ends the process and
    its workers. Raises as that does, and ClusterError where the process ends.
    """
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
                pickle.dump((plan, list(shards), address, cores), process.stdin)
            while said := _next_message(reading):
                yield said
    except GeneratorExit:
        process.terminate()
        raise
    finally:
        _wait_for(process)


def _next_message(reading: Connection) -> JobProgress | None:
    """Waits up to POLL seconds; returns what has been done since, None once all is. Raises StoreError with a sentence."""
    if not reading.poll(POLL):
        return JobProgress(0)
    try:
        found = json.loads(reading.recv_bytes())
    except EOFError:
        raise ClusterError("The work that was sent to the Ray cluster was lost; start it again, and it goes on.") from None
    if len(found) == 1:
        raise StoreError(found[0])
    return JobProgress(*found) if found else None


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(LEAVING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def drive(writing: Connection) -> None:
    """Does the job that standard input holds, and writes a Message of each step."""
    plan, shards, address, cores = pickle.load(sys.stdin.buffer)

    def tell(message: Message) -> None:
        writing.send_bytes(json.dumps(message).encode())

    try:
        with closing(explain_on_ray(plan, shards, address, cores)) as steps:
            for step in steps:
                tell(list(step))
        tell([])
    except (OutputError, ValueError) as error:
        tell([str(error)])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Connection(int(sys.argv[1]), readable=False) as to_parent:
        drive(to_parent)
