"""The test of a suspicion as work of the queue: pairs of pictures are read, changed in one region, and shown to the network."""

from collections.abc import Hashable, Sequence
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import Tensor

from lrp import Backbone
from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.source_pictures import read_bytes
from lrp.datasets.suspicion import Suspicion, draw_pairs, measure_suspicion
from lrp.heads import REGRESSION, Head
from lrp.pictures.decode import InputError
from lrp.pictures.sandbox import Decoder
from lrp.progress import Progress, part_of
from lrp.region import Region
from pages.parts.dataset.stores import stamp_of
from pages.parts.work import forecast
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.question import RefusedTask, Task

MOST = 64  # pairs of pictures
READING, READ_SECONDS = 0.7, 0.05  # of the progress bar; of a picture


@dataclass(frozen=True)
class SuspicionAnswer:
    """What the test found. left_out: how many pairs were not tested because a picture of them could not be read."""

    found: Suspicion
    left_out: int


def suspicion_task(
    dataset: DataSet, selected: Sequence[ExplainedPicture], others: Sequence[ExplainedPicture], network: Backbone, region: Region,
    change: str,
) -> Task:  # fmt: skip
    """Returns a task that gives a SuspicionAnswer for the class of these pictures, or RefusedTask with a sentence."""
    name = selected[0].explained_class

    def work(progress: Progress | None) -> SuspicionAnswer | RefusedTask:
        try:
            first, second = draw_pairs(len(selected), len(others))
            pairs = [(selected[i], others[k]) for i, k in zip(first[:MOST], second[:MOST], strict=True)]
            read = _read_pairs(dataset, pairs, network, part_of(progress, 0.0, READING))
            if not read:
                return RefusedTask("None of these pictures can be read any more, so the test cannot be made.")
            x, against = (torch.cat([pair[side] for pair in read]) for side in (0, 1))
            rest, target = part_of(progress, READING, 1.0), network.categories.index(name)
            found = measure_suspicion(network, x, against, target, region, change, rest)
        except ValueError as error:
            return RefusedTask(f"The test cannot be made: {error}.")
        return SuspicionAnswer(found, len(pairs) - len(read))

    chosen = tuple(tuple(picture.position for picture in side) for side in (selected, others))
    key: Hashable = ("suspicion", stamp_of(dataset.store.path), network_key(network), chosen, str(region), change)
    count = 2 * min(len(selected), len(others), MOST)
    seconds = count * (READ_SECONDS + 3 * forecast.forward_seconds(network))
    return Task(key, "The test", not is_private(network), work, patience=2.0, expected_seconds=seconds)


def _read_pairs(
    dataset: DataSet, pairs: Sequence[tuple[ExplainedPicture, ExplainedPicture]], network: Backbone, progress: Progress | None
) -> list[tuple[Tensor, Tensor]]:
    """The pictures of each pair as the network takes them, without the pairs of which one cannot be read."""
    found = []
    with closing(Decoder()) as decoder:
        for done, (first, second) in enumerate(pairs):
            if progress:
                progress(done / len(pairs))
            try:
                one, other = (network.preprocess(decoder.decode(read_bytes(dataset, each))) for each in (first, second))
            except InputError:
                continue
            found.append((one, other))
    return found


def suspicion_sentence(tested: SuspicionAnswer, name: str, change: str, head: Head) -> str:
    """Returns what the test found, and what that means for the suspicion."""
    found = tested.found
    how = {"blur": "blurred", "move": "exchanged with the opposite one"}[change]
    n, difference = found.difference.n, found.difference
    unit, scale = ("", 1.0) if head is REGRESSION else (" points", 100.0)

    def number(value: float) -> str:
        return f"{scale * value:z.3g}" if head is REGRESSION else f"{scale * value:z.1f}"

    own, other = number(found.suspected.mean()), number(found.others.mean())
    said = (
        f"Where the region is {how}, the {head.noun} of {name} falls by {own}{unit} on average in {n} of the selected pictures, "
        f"and by {other} in as many others: a difference of {number(difference.mean)} "
        f"(95 % interval {number(difference.low)} to {number(difference.high)})."
    )
    if beyond := found.beyond_opposite:
        said += (
            f" Beyond what the region opposite costs the same pictures: {number(beyond.mean)} "
            f"({number(beyond.low)} to {number(beyond.high)})."
        )
    if tested.left_out:
        said += f" {tested.left_out} pairs were left out, because a picture of them cannot be read any more."
    return f"{said} {_verdict(found)}"


def _verdict(found: Suspicion) -> str:
    if found.is_confirmed:
        return "**The suspicion is confirmed**: these pictures need that region more than others of the class."
    if found.difference.low > 0:
        return "**The suspicion is not confirmed**: the region opposite costs these pictures as much, so any change may."
    if found.difference.high < 0:
        return "**The suspicion is not confirmed**: the other pictures need that region more."
    return "**The suspicion is not confirmed**: the interval holds 0, so the difference may be an accident of these pictures."
