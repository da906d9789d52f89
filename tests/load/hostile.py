"""Scenes of an attack on a real server, and what they cost another visitor: python -m tests.load.hostile

    python -m tests.load.hostile --scene "slow pictures" --mode public --seconds 60

Each scene of `tests.load.scenes` runs against a server of its own, as it is started at home (plain) and as it is put on the open
web (public). The attack comes from one loopback address and the other visitor from another. Printed is how long that visitor
waits while nobody else is there and during the attack, and by how much the server's memory rises above what it was before.
Passes if no wait is longer by more than two seconds, nothing is refused, and memory rises by no more than 300 MB beyond what the
visits of a scene may keep.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.browser.app import ROOT, serve, tracebacks
from tests.load.client import LoadError
from tests.load.scenes import SCENES, Scene

SCRIPTS = {"plain": "app.py", "public": "pages/parts/shell/server.py"}
MOST_SECONDS, MOST_BYTES = 2.0, 300_000_000  # that an attack may cost another visitor, and the server
QUIET_PROBES = 3
CALM = 3.0  # seconds before the attack, with whose memory its own is compared


@dataclass
class Cost:
    """What a scene did: seconds of each answer in quiet and under attack, refusals and faults met, bytes above the quiet."""

    scene: str
    mode: str
    quiet: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rise: int = 0

    @property
    def extra(self) -> float:
        """By how many seconds the longest wait exceeds the longest in quiet."""
        return max(self.waits, default=float("inf")) - max(self.quiet)

    @property
    def good(self) -> bool:
        return not self.faults and self.extra <= MOST_SECONDS and self.rise <= MOST_BYTES

    def __str__(self) -> str:
        median = statistics.median(self.waits) if self.waits else float("nan")
        row = (
            f"{self.scene:<24} {self.mode:<7} quiet {max(self.quiet):5.1f} s | attacked: median {median:5.1f} s, longest "
            f"{max(self.waits, default=float('nan')):5.1f} s of {len(self.waits)} | memory {self.rise / 1e6:+6.0f} MB | "
            f"{'ok' if self.good else 'TOO MUCH'}"
        )
        return "\n    ".join([row, *self.faults[:3]])


class Memory:
    """The most bytes that a process had since the last `reset`, looked at twenty times a second.

    Without the decoders of pictures, which are processes of their own, two at most, with a gigabyte each at most.
    """

    def __init__(self, process: psutil.Process) -> None:
        self._process, self.peak = process, 0
        threading.Thread(target=self._watch, daemon=True).start()

    def reset(self) -> None:
        self.peak = 0

    def _watch(self) -> None:
        while self._process.is_running():
            with suppress(psutil.Error):
                self.peak = max(self.peak, self._process.memory_info().rss)
            time.sleep(0.05)


@contextmanager
def server(mode: str, scene: Scene) -> Iterator[tuple[str, psutil.Process]]:
    """The app in this mode, and its process; a traceback in its log is an error."""
    with tempfile.TemporaryDirectory() as folder, scene.surroundings(Path(folder)) as environment:
        log = Path(folder) / "log.txt"
        with serve(log, scene.link_port, environment, SCRIPTS[mode]) as url:
            (process,) = (child for child in psutil.Process().children() if SCRIPTS[mode] in child.cmdline())
            yield url, process
        if found := tracebacks(log.read_text()):
            raise LoadError(f"the log of the server holds a traceback:{found[0]}")


def attack(scene: Scene, url: str, seconds: float) -> subprocess.Popen[bytes]:
    """Starts the attack in a process of its own, for this one has to see how long the other visitor waits."""
    command = [sys.executable, "-m", "tests.load.hostile", "--attack", scene.name, "--url", url, "--seconds", str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})


def play(scene: Scene, mode: str, seconds: float) -> Cost:
    """Plays the scene against a server of its own."""
    cost = Cost(scene.name, mode)
    with server(mode, scene) as (url, process), scene.visitor(url) as visitor:
        memory = Memory(process)
        visitor.wait()  # the first one of a new server, which loads libraries
        for _ in range(QUIET_PROBES):
            cost.quiet.append(visitor.wait())
        memory.reset()
        time.sleep(CALM)
        before = memory.peak
        memory.reset()
        attacker = attack(scene, url, scene.head_start + seconds)
        try:
            time.sleep(scene.head_start)
            while attacker.poll() is None and not cost.faults:
                try:
                    cost.waits.append(visitor.wait())
                except LoadError as error:
                    cost.faults.append(str(error))
                time.sleep(0.2)
            if attacker.wait(120):
                cost.faults.append(f"the attack itself failed with status {attacker.returncode}")
        finally:
            attacker.kill()
            attacker.wait()
        cost.rise = max(0, memory.peak - before - scene.budget)
    return cost


def main() -> int:
    parser = argparse.ArgumentParser(description="What an attack costs another visitor.")
    parser.add_argument("--scene", choices=sorted(SCENES), action="append")
    parser.add_argument("--mode", choices=sorted(SCRIPTS), action="append")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--attack", choices=sorted(SCENES), help="only the attack, on --url")
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.attack:
        SCENES[options.attack].attack(options.url, time.monotonic() + options.seconds)
        return 0
    good = True
    for name in options.scene or SCENES:
        for mode in options.mode or SCRIPTS:
            cost = play(SCENES[name], mode, options.seconds)
            print(cost, flush=True)
            good &= cost.good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
