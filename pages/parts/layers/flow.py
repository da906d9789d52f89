"""Relevance on its way through the network, block by block, as the page about layers shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrp.attribution import Map
from lrp.progress import Progress
from lrp.walk.ledger import Account, Block, Split
from pages.parts.work.compute import Question, Task
from pages.parts.work.traces import Forward, forward

PATIENCE = 3.0  # seconds that the page waits before it shows a progress bar


@dataclass(frozen=True)
class Row:
    """One block or stage; sums in logits. `places` (H, W) is the relevance at its output, None where that is no picture.

    main, skip: what the two branches of its residual connection got; None without one.
    """

    name: str
    arrived: float
    absolute: float
    bias: float
    rest: float
    places: NDArray[np.float32] | None
    main: float | None = None
    skip: float | None = None


@dataclass(frozen=True)
class Flow:
    """The account of one explanation: rows from the output down, and the whole: explained = pixels + bias + rest."""

    rows: tuple[Row, ...]
    explained: float
    pixels: float
    bias: float
    rest: float

    @property
    def gap(self) -> float:
        """|pixels + bias + rest - explained| / |explained|, which only rounding makes other than 0."""
        missing = abs(self.pixels + self.bias + self.rest - self.explained)
        return missing / abs(self.explained) if self.explained else missing

    @property
    def with_maps(self) -> dict[str, Map]:
        """The blocks whose output is a picture of more than one pixel, by name."""
        return {row.name: row.places for row in self.rows if row.places is not None and row.places.size > 1}


def flow_task(question: Question) -> Task:
    """The account of a question that is asked of an LRP method; its result is a Flow."""
    passed = forward(question.picture, question.backbone)
    return Task(("flow", question.key), question.label, question.shared, partial(_flow, question, passed), PATIENCE)


def by_stage(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of each stage as one: what arrived at its output, and all that stayed in it."""
    stages: dict[str, list[Row]] = {}
    for row in rows:
        stages.setdefault(row.name.split(".")[0], []).append(row)
    return tuple(
        Row(name, parts[0].arrived, parts[0].absolute, sum(p.bias for p in parts), sum(p.rest for p in parts), parts[0].places)
        for name, parts in stages.items()
    )


def _flow(question: Question, passed: Forward, progress: Progress | None) -> Flow:
    return flow_of(question.method.account(passed(), question.objective, progress))


def flow_of(account: Account) -> Flow:
    """The account of one picture without what it was made from, which takes much memory."""
    splits = {split.name: split for split in account.splits}
    rows = tuple(_row(block, splits.get(block.name)) for block in account.blocks)
    return Flow(rows, float(account.explained), float(account.pixels), float(account.bias), float(account.rest))


def _row(block: Block, split: Split | None) -> Row:
    output = block.output
    places = None if output.places is None else output.places[0].cpu().numpy().astype(np.float32)
    main, skip = (float(split.main), float(split.skip)) if split else (None, None)
    arrived, absolute, bias, rest = (float(value) for value in (output.arrived, output.absolute, block.bias, block.rest))
    return Row(block.name, arrived, absolute, bias, rest, places, main, skip)
