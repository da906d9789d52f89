"""A visitor of the pages without a browser: presses, reads and waits; a page that shows a traceback fails the test.

Streamlit's AppTest runs app.py as the server would, once for each `run`. It does not fire the timer that redraws a page while
long work runs; `wait` stands in for it.
"""

import base64
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.parts import compute

ROOT = Path(__file__).parents[1]
SECONDS = 180  # until a page or the queue is taken to hang; much more than either needs, even on a busy machine


@dataclass(frozen=True)
class Shown:
    """A map as the browser gets it, in logits: `values` as they are read on hover, `step` their last digit."""

    title: str
    values: NDArray[np.float64]
    step: float
    limit: float
    colours: list[tuple[float, tuple[float, ...]]]  # place 0..1, (red, green, blue, opacity)
    low: float


class Visitor:
    """One visit. Keyword arguments are the link it begins with, as it stands in the address bar."""

    def __init__(self, link: dict[str, str] | None = None) -> None:
        self.at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        self.at.query_params.update(link or {})
        self.run()

    def run(self) -> Self:
        """The page once more, as after any interaction."""
        self.at.run()
        assert not self.at.exception, self.at.exception
        return self

    def wait(self) -> Self:
        """Until the work that was queued is done, and the page is drawn with it."""
        finish_queue()
        return self.run()

    def put(self, values: dict[str, Any] | None = None, **more: Any) -> Self:
        """Sets controls by their keys, together, and runs the page once."""
        for key, value in ((values or {}) | more).items():
            self.at.get_by_key(key).set_value(value)
        return self.run()

    def upload(self, data: bytes, name: str = "picture.png", mime: str = "image/png") -> Self:
        self.at.file_uploader(key="upload").set_value((name, data, mime))
        return self.run()

    def fetch(self, link: str) -> Self:
        """Types a link and presses the button beside it."""
        self.at.text_input(key="link").input(link)
        self.at.form_submit_button[0].click()
        return self.run()

    def press(self, label: str) -> Self:
        """Presses the one button whose label begins so."""
        (button,) = (button for button in self.at.button if button.label.startswith(label))
        button.click()
        return self.run()

    def value(self, key: str) -> Any:
        return self.at.get_by_key(key).value

    @property
    def controls(self) -> set[str]:
        """The keys of everything on the page that has one."""
        return {key for node in (*self.at.main, *self.at.sidebar) if (key := getattr(node, "key", None))}

    @property
    def buttons(self) -> list[str]:
        return [button.label for button in self.at.button]

    @property
    def sentences(self) -> list[str]:
        """What the page warns of."""
        return [warning.value for warning in self.at.warning]

    @property
    def words(self) -> str:
        """All the text of the main part."""
        return "\n".join(node.value for node in (*self.at.main.markdown, *self.at.main.caption))

    @property
    def headline(self) -> str:
        return next(node.value for node in self.at.main.markdown if node.value.startswith("## "))

    @property
    def progress(self) -> list[tuple[int, str]]:
        """Per cent and text of each progress bar."""
        return [(bar.value, bar.text) for bar in self.at.progress]

    @property
    def chart(self) -> Any:
        (chart,) = self.at.get("plotly_chart")
        return chart.proto

    @property
    def spec(self) -> dict[str, Any]:
        return json.loads(self.chart.spec)

    @property
    def titles(self) -> list[str]:
        """The titles of all panels, in order; what else is written into the figure follows."""
        return [note["text"] for note in self.spec["layout"]["annotations"]]

    @property
    def seen(self) -> Image.Image:
        """The picture in the first panel."""
        first = self.spec["data"][0]
        assert first["type"] == "image"
        return open_uri(first["source"])

    @property
    def maps(self) -> list[Shown]:
        """The maps that are drawn, in order."""
        return maps_of(self.spec)

    @property
    def photos_below(self) -> list[Image.Image]:
        return [open_uri(image["source"]) for image in self.spec["layout"].get("images", [])]


def finish_queue() -> None:
    """Waits until all work queued so far is done."""
    assert compute.worker().rest(SECONDS)


def open_uri(source: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(source.partition("base64,")[2])))


def maps_of(spec: dict[str, Any]) -> list[Shown]:
    """The maps in a figure's JSON."""
    titles = [note["text"] for note in spec["layout"]["annotations"]]
    return [_shown(trace, titles) for trace in spec["data"] if trace["type"] == "heatmap"]


def _shown(trace: dict[str, Any], titles: list[str]) -> Shown:
    panel = int(trace["xaxis"][1:] or 1) - 1
    digits = re.search(r"%\{z[^}]*\}e(-?\d+)", trace["hovertemplate"])
    step = 10.0 ** int(digits[1]) if digits else 0.0
    values = _array(trace["z"]) * (step or 1.0)
    low, high = (trace[end] * (step or 1.0) for end in ("zmin", "zmax"))
    colours = [(at, tuple(map(float, re.findall(r"[\d.]+", colour)))) for at, colour in trace["colorscale"]]
    return Shown(titles[panel], values, step, high, colours, low)


def _array(z: Any) -> NDArray[np.float64]:
    """Plotly's typed arrays: base64 of numbers, and the shape as text."""
    if not isinstance(z, dict):
        return np.asarray(z, float)
    shape = tuple(int(side) for side in str(z["shape"]).split(","))
    return np.frombuffer(base64.b64decode(z["bdata"]), np.dtype(z["dtype"])).reshape(shape).astype(float)
