"""Frames of a camera: what is taken for one, and that its map is the engine's."""

import base64
from typing import Any

import numpy as np
import pytest

import lrp
from pages.parts.camera.frames import MOST_SIDE, Frame, explain_frame, frame_side, parse_frame
from tests.pages.helpers import photo

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
RGB = base64.b64encode(PIXELS.tobytes()).decode()


def test_a_frame_is_read_as_it_was_sent() -> None:
    frame = parse_frame({"number": 7, "side": 20.0, "rgb": RGB})  # a browser's whole numbers may come as floats
    assert frame
    assert frame.number == 7
    np.testing.assert_array_equal(np.asarray(frame.image), PIXELS)


@pytest.mark.parametrize(
    "sent",
    [
        None, 3, "frame", [RGB], {}, {"number": 1, "side": 20}, {"number": True, "side": 20, "rgb": RGB},
        {"number": 1, "side": 20, "rgb": RGB[:-4]}, {"number": 1, "side": 20, "rgb": RGB + "AAAA"},
        {"number": 1, "side": 20, "rgb": "é" * len(RGB)}, {"number": 1, "side": 20, "rgb": "?" * len(RGB)},
        {"number": 1, "side": 20, "rgb": "=" * len(RGB)}, {"number": 1, "side": 20, "rgb": RGB.encode()},
        {"number": 1, "side": 20.5, "rgb": RGB}, {"number": 1, "side": "20", "rgb": RGB}, {"number": -1, "side": 20, "rgb": RGB},
        {"number": 10**400, "side": 20, "rgb": RGB}, {"number": 1, "side": 10**400, "rgb": RGB},
        {"number": float("inf"), "side": 20, "rgb": RGB}, {"number": 1, "side": float("nan"), "rgb": RGB},
        {"number": 1, "side": 0, "rgb": ""}, {"number": 1, "side": MOST_SIDE + 1, "rgb": "A" * 4 * (MOST_SIDE + 1) ** 2},
    ],
    ids=lambda sent: repr(sent)[:40],
)  # fmt: skip
def test_what_is_no_frame_is_none(sent: Any) -> None:
    assert parse_frame(sent) is None


@pytest.mark.parametrize("target", [None, 3])
def test_a_frame_is_explained_as_the_engine_explains_it(target: int | None) -> None:
    network, image, method = lrp.load_backbone(), photo().resize((160, 160)), lrp.EpsilonPlusFlat()
    found = explain_frame(Frame(5, image), network, method, target)
    x = network.preprocess(image)
    predictions = network.kind.predictions(network.network(x)[0])
    assert found.number == 5
    assert found.target == (int(predictions.argmax()) if target is None else target)
    np.testing.assert_allclose(found.predictions, predictions, atol=1e-6)
    expected = lrp.explain(network, x, found.target, method).relevance[0].sum(0)
    np.testing.assert_allclose(found.map, expected, atol=1e-5 * float(expected.abs().max()))
    np.testing.assert_array_equal(np.asarray(found.seen), np.asarray(network.as_seen(x)))


def test_frames_are_no_larger_than_the_network_needs_and_fit_into_one_message() -> None:
    assert frame_side(lrp.load_backbone()) == 160
    assert 4 * MOST_SIDE**2 < 250_000  # letters of base64
