"""How long work tells how much of it is done."""

from collections.abc import Callable

Progress = Callable[[float], None]

