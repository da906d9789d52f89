"""A scene: what an attacker does, and what another visitor does meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.load.scenes.attack import Attack
from tests.load.scenes.visitor import Looking, Visitor


@dataclass(frozen=True)
class Scene:
    """attack: says when it has begun, ends soon after it is told to stop, and is bounded in what it sends.

    head_start: seconds from its beginning until the other visitor asks first.
    """

    name: str
    attack: Callable[[Attack], None]
    visitor: type[Visitor] = Looking
    head_start: float = 0.5
