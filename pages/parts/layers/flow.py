"""The account of relevance on its way through the network, block by block, without the tensors it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrp.attribution import Map
from lrp.methods.method import uses_rules
from lrp.network.attention_blocks import ATTENTION, MLP
from lrp.progress import Progress
from lrp.walk.ledger import Account, Block, Split
from pages.parts.work.question import Question, Task
from pages.parts.work.traces import LazyTrace, lazy_trace

FIRST_SIGHT = 10  # places
PATIENCE = 3.0  # seconds that the page waits before it shows a progress bar


@dataclass(frozen=True)
class FlowRow:
    """The relevance of one block or stage, summed, in logits."""

    name: str
    arrived: float  # at the output
    absolute: float  # the sum of |R| at the output
    bias: float  # kept by biases
    rest: float  # absorbed by stabilizers
    places: NDArray[np.float32] | None  # (H, W), at the output; None where that has no places
    main: float | None = None  # what the main branch of its residual connection got; None without one
    skip: float | None = None  # what the skip connection got
    attention: float | None = None  # what attention got, in a transformer, whose main branch is then the MLP


@dataclass(frozen=True)
class Flow:
    """The account of one explanation, rows from the output down to the pixels; explained = pixels + bias + rest."""

    rows: tuple[FlowRow, ...]
    explained: float
    pixels: float
    bias: float
    rest: float

    @property
    def rounding_error(self) -> float:
        """|pixels + bias + rest - explained|, as a share of |explained| where that is not 0."""
        missing = abs(self.pixels + self.bias + self.rest - self.explained)
        return missing / abs(self.explained) if self.explained else missing

    @property
    def first_sight(self) -> str:
        """The block whose map is shown first: the highest one with relevance and FIRST_SIGHT places a side or more."""
        maps = self.with_maps
        large = (name for name, values in maps.items() if min(values.shape) >= FIRST_SIGHT and values.any())
        return next(large, list(maps)[-1])

    def without_place(self, block: str) -> float:
        """The relevance at the output of a block that lies at no place, as that of a transformer's class token."""
        row = next(row for row in self.rows if row.name == block)
        return row.arrived - float(row.places.sum()) if row.places is not None else row.arrived

    @property
    def with_maps(self) -> dict[str, Map]:
        """The blocks whose output is a picture of more than one pixel, by name."""
        return {row.name: row.places for row in self.rows if row.places is not None and row.places.size > 1}


def flow_task(question: Question) -> Task:
    """Returns a task that computes the Flow of a question to an LRP method."""
    passed = lazy_trace(question.picture, question.backbone)
    return Task(("flow", question.key), question.label, question.shared, partial(_flow, question, passed), PATIENCE)


def by_stage(rows: Sequence[FlowRow], stages: Sequence[str] = ()) -> tuple[FlowRow, ...]:
    """Returns a row for each stage: what arrived at its output, and all that stayed in it.

    stages: those of a transformer, whose other rows stay as they are; elsewhere a stage is the first part of a name.
    """
    joined: dict[str, list[FlowRow]] = {}
    for row in rows:
        name = row.name.split(".")[0]
        if any(each.attention is not None for each in rows):
            name = next((stage for stage in stages if f"{row.name}.".startswith(f"{stage}.")), row.name)
        joined.setdefault(name, []).append(row)
    return tuple(_joined(name, blocks) for name, blocks in joined.items())


def _joined(name: str, blocks: Sequence[FlowRow]) -> FlowRow:
    top = blocks[0]
    bias = sum(block.bias for block in blocks)
    rest = sum(block.rest for block in blocks)
    return FlowRow(name, top.arrived, top.absolute, bias, rest, top.places)


def _flow(question: Question, passed: LazyTrace, progress: Progress | None) -> Flow:
    method = question.method
    assert uses_rules(method)  # the page offers no others
    with passed.use() as trace:
        return flow_of(method.account(trace, question.objective, progress))


def flow_of(account: Account) -> Flow:
    """Returns the account of one picture without its tensors, which take much memory."""
    splits: dict[str, dict[str, Split]] = {}  # by the name of the block and what lies beside the skip connection
    for split in account.splits:
        splits.setdefault(split.name, {})[split.kind] = split
    rows = tuple(_row(block, splits.get(block.name, {})) for block in account.blocks)
    return Flow(rows, float(account.explained), float(account.pixels), float(account.bias), float(account.rest))


def _row(block: Block, splits: dict[str, Split]) -> FlowRow:
    output, attends = block.output, splits.get(ATTENTION)
    split = splits.get(MLP) or splits.get("")
    places = None if output.places is None else output.places[0].cpu().numpy().astype(np.float32)
    below = attends or split  # of the two connections of a transformer's block, the one nearer to its input
    main = None if split is None else float(split.main)
    skip = None if below is None else float(below.skip)
    attention = None if attends is None else float(attends.main)
    arrived, absolute, bias, rest = (float(value) for value in (output.arrived, output.absolute, block.bias, block.rest))
    return FlowRow(block.name, arrived, absolute, bias, rest, places, main, skip, attention)
