"""Attacks on the queue of long work."""

import time
from contextlib import ExitStack

from pages.parts.work.cache import MAX_BYTES
from tests.load.scenes.scene import CLASSES, Queueing, Scene, clients

ENDLESS = {
    "depth": 152, "c": "SmoothGrad-IG", "c_smoothgrad-ig_n_samples": 64, "c_smoothgrad-ig_n_steps": 512,
    "c_smoothgrad-ig_tolerance": "none",
}  # fmt: skip
LONG = {"c_integrated-gradients_n_steps": 512, "c_integrated-gradients_tolerance": "none", "depth": 50}
BUDGET = MAX_BYTES  # each of the other visitor's questions is a visit of its own, which keeps its forward pass for a while


def one_endless_question(url: str, end: float) -> None:
    """Asks what takes half an hour, and waits."""
    with clients(url, 1, ENDLESS) as (client,):
        client.press("Compute")
        time.sleep(max(0.0, end - time.monotonic()))


def full_queue(url: str, end: float) -> None:
    """Eight sessions of one address ask for as much as each may, again and again."""
    with ExitStack() as sessions:
        for number in range(8):
            link = LONG | {"a": "Integrated Gradients", "b": "SmoothGrad-IG", "class": CLASSES[number % len(CLASSES)]}
            sessions.enter_context(clients(url, 1, link))
        time.sleep(max(0.0, end - time.monotonic()))


SCENES = (
    Scene("endless question", one_endless_question, Queueing, head_start=5.0, budget=BUDGET),
    Scene("full queue", full_queue, Queueing, head_start=8.0, budget=BUDGET),
)
