"""One frame of a camera: as the browser sends it, and what the network makes of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from lrp import Backbone
from lrp.attribution import Map, sum_channels
from lrp.jobs.batch import explain_batch
from lrp.methods.method import Method
from pages.parts.work.memory import retry_after_eviction
from pages.parts.work.page_turns import quick_slot

LEAST_SIDE, MOST_SIDE = 16, 224  # pixels of a frame, which is a square
MOST_NUMBER = 2**53  # of a frame, the largest that a browser counts to


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame that the browser has sent; number: by which the browser tells its answer from others."""

    number: int
    image: Image.Image


@dataclass(frozen=True, eq=False)
class ExplainedFrame:
    """What the network makes of a frame.

    seen: what it saw. map: (H, W) of that size, in logits. predictions: (K,). target: the index of the explained output.
    """

    number: int
    seen: Image.Image
    map: Map
    predictions: Tensor
    target: int


def frame_side(network: Backbone) -> int:
    """Returns the pixels of a side of the frames that the browser is to send for this network."""
    return max(LEAST_SIDE, min(MOST_SIDE, network.size))


def parse_frame(sent: object) -> Frame | None:
    """Returns the frame of a message {number, side, rgb}, None where it is none: a hostile program may send anything.

    rgb: base64 of side x side pixels of three bytes. No decoder of pictures has to read it, for frames come many a second.
    """
    if not isinstance(sent, Mapping):
        return None
    number, side = _whole(sent.get("number"), 0, MOST_NUMBER), _whole(sent.get("side"), LEAST_SIDE, MOST_SIDE)
    rgb = sent.get("rgb")
    if number is None or side is None or not isinstance(rgb, str):
        return None
    if len(rgb) != 4 * -(-3 * side * side // 3):
        return None
    try:
        data = base64.b64decode(rgb, validate=True)
    except ValueError:  # no base64, or letters that are not ASCII
        return None
    if len(data) != 3 * side * side:
        return None
    return Frame(number, Image.fromarray(np.frombuffer(data, np.uint8).reshape(side, side, 3)))


def _whole(value: object, least: int, most: int) -> int | None:
    """Returns a whole number of that range, which a browser may send as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return None
    return int(value) if value == int(value) else None


def explain_frame(frame: Frame, network: Backbone, method: Method, target: int | None) -> ExplainedFrame:
    """Explains one frame; keeps nothing of it. target: the output to explain, None for the foremost one of this frame."""

    def explained() -> ExplainedFrame:
        with quick_slot():
            found = explain_batch(network, [frame.image], target, [method])
        index = network.kind.best(found.logits[0]) if target is None else target
        relevance = sum_channels(found.explanations[0].result.relevance)
        predictions = network.kind.predictions(found.logits[0]).cpu()
        return ExplainedFrame(frame.number, network.as_seen(found.x), relevance, predictions, index)

    return retry_after_eviction(explained)
