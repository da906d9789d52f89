"""What the tests of the comparison share: pictures, what the engine gives, and how sentences are judged."""

import io
from collections.abc import Callable
from dataclasses import Field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp.attribution import sum_channels
from lrp.display.colours import SCALES
from lrp.jobs import batch
from lrp.methods import explain
from lrp.methods.suitable import made_for_attention
from lrp.models import demo
from lrp.models.backbone import Backbone
from pages.parts.choose.samples import SAMPLES
from pages.parts.choose.setting_controls import log_stops
from tests.canvas_messages import Shown
from tests.visitor import Visitor

BUNDLED = demo.FOLDER, demo.SHA256
DEFAULTS = {"a": lrp.UniformEpsilon(), "b": lrp.EpsilonPlusFlat(shifts=4), "c": lrp.IntegratedGradients()}
EPSILON, RELATIVE = "a_uniform-epsilon_epsilon", "a_uniform-epsilon_relative"
OFFERED = [method for method in lrp.METHODS.values() if not made_for_attention(method)]  # for the bundled networks
EACH_METHOD = pytest.mark.parametrize("method", OFFERED, ids=lambda method: method.name)


def photo(name: str = "Cat") -> Image.Image:
    return Image.fromarray(SAMPLES[name]())


def logits_of(picture: Image.Image, network: Backbone) -> torch.Tensor:
    return network.network(network.preprocess(picture))[0]


def as_shown(method: Any, network: Backbone) -> Any:
    """The method as the comparison asks it at first: as a mean over 4 x 4 shifts where that removes the network's lattice."""
    averaged = network.weights == "demo" and network.depth in (18, 34) and getattr(method, "lattice", False)
    return replace(method, shifts=4) if averaged and method.shifts == 1 else method


def expected(picture: Image.Image, network: Backbone, method: Any, target: int | None = None) -> np.ndarray:
    """The map that the engine gives, for the class that the network sees or another one."""
    target = int(logits_of(picture, network).argmax()) if target is None else target
    return sum_channels(explain(network, network.preprocess(picture), target, method).relevance)


def assert_shows(shown: Shown, values: np.ndarray) -> None:
    """The values are those to half of the last digit that is sent."""
    assert shown.values.shape == values.shape
    assert np.abs(shown.values - values).max() <= 0.501 * shown.step + 1e-6 * np.abs(values).max()


def assert_one_sentence(visitor: Visitor, *parts: str) -> None:
    """Exactly one warning, a whole sentence without jargon, that names these things."""
    (sentence,) = visitor.sentences
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith(".")
    assert len(sentence) < 300
    assert not {"\n", "Traceback", "Error", "Exception", "<class", "127.0.0.1"} & {*sentence, *sentence.split()}
    for part in parts:
        assert part in sentence


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def stripes(width: int = 90, height: int = 60) -> Image.Image:
    """A picture that is no sample."""
    rows, columns = np.indices((height, width))
    return Image.fromarray(np.stack([rows * 4, columns * 2, (rows + columns) % 16 * 16], -1).astype(np.uint8))


def other(setting: Field[Any]) -> Any:
    """A value of the setting that is not its default; the default where there is no other, as of pictures without own ones."""
    if isinstance(setting.default, bool):
        return not setting.default
    offered = setting.metadata["options"] or log_stops(setting)
    return next((value for value in offered if value not in (setting.default, None)), setting.default)


LOOKS: tuple[dict[str, Any], ...] = (
    {"sign": "positive"}, {"clip": 95.5}, {"photo": 0.6}, {"common": True}, {"colours": list(SCALES)[1]}, {"view": "wipe"},
    {"pair": "ba"}, {"mix": 0.25}, {"zoom": "2.25,40,30"},
)  # fmt: skip


def spelled(value: Any) -> str:
    """As the browser writes it into the address."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


FAST = {"c": "epsilon-plus"}  # Integrated Gradients at 224 pixels take long
FAST_LINK = {"c": lrp.EpsilonPlus.label}


def out_of_memory(*_: Any) -> Any:
    raise MemoryError


def replace_explain(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any]) -> None:
    """Has the function called wherever a page explains, by `lrp.explain` or by `lrp.explain_batch`."""
    monkeypatch.setattr(lrp, "explain", function)
    monkeypatch.setattr(batch, "explain", function)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, family: str = "IG") -> None:
    def broken(network: Any, x: Any, target: int, method: Any, progress: Any = None) -> Any:
        if method.family == family:
            raise error
        return explain(network, x, target, method, progress)

    replace_explain(monkeypatch, broken)


def ending(files: dict[str, Callable[[], bytes]], end: str) -> bytes:
    """The one file whose name ends so, from its first dot on."""
    (make,) = (make for name, make in files.items() if "".join(Path(name).suffixes) == end)
    return make()
