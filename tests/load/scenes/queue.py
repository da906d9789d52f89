"""Attacks on the queue of long work."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.scenes.visitor import CLASSES, Queueing

ENDLESS = {
    "depth": 152, "c": "SmoothGrad-IG", "c_smoothgrad-ig_n_samples": 64, "c_smoothgrad-ig_n_steps": 512,
    "c_smoothgrad-ig_tolerance": "none",
}  # fmt: skip
LONG = {
    "depth": 50, "a": "Integrated Gradients", "b": "SmoothGrad-IG", "c_integrated-gradients_n_steps": 512,
    "c_integrated-gradients_tolerance": "none",
}  # fmt: skip


def one_endless_question(attack: Attack) -> None:
    """Asks what takes half an hour, and waits."""
    with attack.clients(1, ENDLESS) as (client,):
        client.press("Compute")
        attack.begun.set()
        attack.stop.wait()


def full_queue(attack: Attack) -> None:
    """Eight sessions of one address ask for as much as each may."""
    with ExitStack() as sessions, ThreadPoolExecutor(8) as crowd:

        def ask(number: int) -> None:
            sessions.enter_context(attack.clients(1, LONG | {"class": CLASSES[number % len(CLASSES)]}))

        list(crowd.map(ask, range(8)))
        attack.begun.set()
        attack.stop.wait()


SCENES = (
    Scene("endless question", one_endless_question, Queueing),
    Scene("full queue", full_queue, Queueing),
)
