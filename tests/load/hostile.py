"""Scenes of an attack on a real server, and what they cost another visitor: python -m tests.load.hostile

    python -m tests.load.hostile --scene "slow pictures" --mode public --seconds 60

Each scene of `tests.load.scenes` runs against a server of its own, as it is started at home (plain) and as it is put on the
open web (public). The attack comes from one loopback address and the other visitor from another. Printed is a row of the table
of pages/README.md: how long that visitor waits while nobody else is there and during the attack, by how much the server's
memory, beside what its budgets hold, is more than while a visitor of each kind asks alone, and how much the budgets hold. The
networks that come with the server are loaded before, for they stay once anybody has named one (some 300 MB, all five). Decoders
of pictures are processes of their own, two at most, with a gigabyte each at most, and not counted. Passes if no wait is longer
by more than two seconds, nothing is refused, and memory rises by at most 300 MB.
"""

import argparse
import multiprocessing
import sys
import threading
import time

from tests.load.attacked_server import AttackedServer, attacked_server
from tests.load.cost import HEAD, Cost, row
from tests.load.scenes import SCENES, Scene
from tests.load.scenes.attack import Attack
from tests.load.session import LoadError
from tests.load.watched_server import SCRIPTS

BEGINNING = 60.0  # seconds within which an attack has to be under way
END = 15.0  # seconds within which it has to end once it is told to
PAUSE = 0.2  # seconds between two questions of the other visitor
# In a process of its own, for this one has to see how long the other visitor waits; not a fork of one with threads.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.load.scenes"])


def act(scene: str, url: str, address: str, begun: threading.Event, stop: threading.Event) -> None:
    """The attack of the scene, in the attacker's process."""
    SCENES[scene].attack(Attack(url, address, begun, stop))


def address_of(scene: Scene) -> str:
    """An address for each scene, for the limits of one that has just attacked would keep the next attack small."""
    return f"127.0.1.{1 + list(SCENES).index(scene.name)}"


def play(scene: Scene, server: AttackedServer, seconds: float) -> Cost:
    """Attacks the server, which was prepared, for so many seconds and one answer to the other visitor at least."""
    cost = Cost(scene.name, server.quiet[scene.visitor])
    begun, stop = _processes.Event(), _processes.Event()
    attacker = _processes.Process(target=act, args=(scene.name, server.watched.url, address_of(scene), begun, stop), daemon=True)
    start = time.monotonic()
    attacker.start()
    try:
        if begun.wait(BEGINNING):
            time.sleep(scene.head_start)
            _probe(server, cost, scene, time.monotonic() + seconds)
        else:
            cost.faults.append(f"the attack did not begin within {BEGINNING:.0f} s")
        stop.set()
        attacker.join(END)
        if attacker.exitcode != 0:
            cost.faults.append(f"the attack itself ended with status {attacker.exitcode}")
    finally:
        attacker.kill()
    samples = server.watched.samples(start)
    cost.rise = max(sample.beside for sample in samples) - server.usual
    cost.kept = max(sample.kept for sample in samples)
    return cost


def _probe(server: AttackedServer, cost: Cost, scene: Scene, end: float) -> None:
    """Notes how long the other visitor waits until the end, or until something goes wrong."""
    while time.monotonic() < end:
        try:
            cost.waits.append(server.visitors[scene.visitor].wait())
        except LoadError as error:
            cost.faults.append(str(error))
            return
        time.sleep(PAUSE)


def play_alone(scene: Scene, mode: str, seconds: float) -> Cost:
    """Plays the scene on a server of its own."""
    with attacked_server(mode) as server:
        server.prepare({each.visitor for each in SCENES.values()})
        return play(scene, server, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description="What an attack costs another visitor.")
    parser.add_argument("--scene", choices=sorted(SCENES), action="append")
    parser.add_argument("--mode", choices=sorted(SCRIPTS), action="append")
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    print(HEAD, flush=True)
    good = True
    for name in options.scene or SCENES:
        costs = {mode: play_alone(SCENES[name], mode, options.seconds) for mode in options.mode or SCRIPTS}
        print(row(costs), flush=True)
        good &= all(cost.good for cost in costs.values())
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
