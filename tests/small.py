"""Small random networks in the place of the bundled ones, the cat as they see it, and a visitor who goes to another page."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

import lrp
from lrp.models import demo
from pages.parts.choose.samples import SAMPLES
from pages.parts.work import compute
from tests.networks import random_resnet
from tests.visitor import ROOT, Visitor
from tests.work_queue import SECONDS, finish_queue

NAMES = ("ant", "bee", "cat", "dog", "elk", "fox")
DEPTHS = (18, 34, 50)


def write_small(folder: Path, depth: int) -> Path:
    """A small network of that depth, in a file as the bundled ones are; returns its path."""
    described = {"depth": depth, "categories": NAMES, "size": 32, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    model, path = random_resnet(depth, (8, 16, 24, 32), len(NAMES), torch.float32), folder / f"resnet{depth}.safetensors"
    save_file(model.state_dict(), path, {key: json.dumps(value) for key, value in described.items()})
    return path


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each network in a file, as the bundled ones are."""
    path = tmp_path_factory.mktemp("demo")
    for depth in DEPTHS:
        write_small(path, depth)
    return path


def digests(folder: Path, *depths: int) -> dict[int, str]:
    return {depth: hashlib.sha256((folder / f"resnet{depth}.safetensors").read_bytes()).hexdigest() for depth in depths}


def bundled(monkeypatch: pytest.MonkeyPatch, folder: Path, *depths: int) -> Iterator[None]:
    """The networks in this folder, of these depths, are the bundled ones, and no result is kept from before."""
    compute.forget_shared()
    monkeypatch.setattr(demo, "FOLDER", folder)
    monkeypatch.setattr(demo, "SHA256", digests(folder, *depths))
    yield
    finish_queue()


@pytest.fixture
def small(small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The small networks are the bundled ones, and no result is kept from before."""
    yield from bundled(monkeypatch, small_folder, *DEPTHS)


def logits_of(network: lrp.Backbone) -> torch.Tensor:
    return network.network(picture_of(network))[0]


def picture_of(network: lrp.Backbone) -> torch.Tensor:
    return network.preprocess(Image.fromarray(SAMPLES["Cat"]()))


def array(values: Any) -> list[float]:
    """Plotly's numbers, which may be base64 of an array."""
    if not isinstance(values, dict):
        return [float("nan") if value is None else float(value) for value in values]
    return np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"])).tolist()


class Reader(Visitor):
    """A visitor who is on a page such as "epsilon", having come by a link to it; `wait` has been done."""

    def __init__(self, page: str, link: dict[str, str] | None = None) -> None:
        self.at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        self.at.switch_page("pages/guide.py").run()
        self.at.query_params.update(link or {})
        self.go(page)

    def go(self, page: str) -> "Reader":
        """To another page, as by a click in the navigation."""
        self.at.switch_page(f"pages/{page}.py")
        self.run()
        self.wait()
        return self

    def settle(self) -> "Reader":
        """Waits for all stages of the work, of which each asks for the next."""
        for _ in range(8):
            if not self.progress:
                return self
            self.wait()
        raise AssertionError(f"still at work: {self.progress}")

    def chart_of(self, place: int = 0) -> Any:
        """The JSON of a chart."""
        return json.loads(self.at.get("plotly_chart")[place].proto.spec)
