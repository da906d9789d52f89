"""Attacks on the queue of long work."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.scenes.visitor import CLASSES, Queueing
from tests.load.session import LoadError

ENDLESS = {
    "depth": 152, "c": "SmoothGrad-IG", "c_smoothgrad-ig_n_samples": 64, "c_smoothgrad-ig_n_steps": 512,
    "c_smoothgrad-ig_tolerance": "none",
}  # fmt: skip
LONG = {  # three questions that take long, and each less than a page asks before
    "depth": 50, "a": "Integrated Gradients", "a_integrated-gradients_n_steps": 512, "a_integrated-gradients_tolerance": "none",
    "b": "IDGI", "b_idgi_n_steps": 512, "c": "Blur IG", "c_blur-integrated-gradients_n_steps": 512,
}  # fmt: skip


def one_endless_question(attack: Attack) -> None:
    """Asks what takes half an hour, and waits; a public server refuses it."""
    with attack.clients(1, ENDLESS) as (client,):
        client.press("Compute")
        if not (client.all("progress") or any("this server computes what takes up to" in said for said in client.warnings)):
            raise LoadError(f"the endless question was neither taken nor refused for its price: {client.warnings}")
        attack.begun.set()
        attack.stop.wait()


def full_queue(attack: Attack) -> None:
    """Eight sessions of one address ask for as much as a page can."""
    with ExitStack() as sessions, ThreadPoolExecutor(8) as crowd:

        def ask(number: int) -> int:
            link = LONG | {"class": CLASSES[number % len(CLASSES)], "sample": ("Cat", "Coffee")[number // len(CLASSES)]}
            (client,) = sessions.enter_context(attack.clients(1, link))
            return len(client.all("progress"))

        if (asked := list(crowd.map(ask, range(8)))) != [3] * 8:
            raise LoadError(f"the pages wait for {asked} results, and not for three each")
        attack.begun.set()
        attack.stop.wait()


SCENES = (
    Scene("endless question", one_endless_question, Queueing),
    Scene("full queue", full_queue, Queueing),
)
