"""A visitor of the pages without a browser: presses, reads and waits; a page that shows a traceback fails the test.

Streamlit's AppTest runs app.py as the server would, once for each `run`. It does not fire the timer that redraws a page while
long work runs; `wait` stands in for it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self, cast
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from pages.parts.work import compute, turns

# A server looks once for installed packages with components and compiles a page once, an AppTest at every run.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
app_test.ScriptCache = local_script_runner.ScriptCache = cache(ScriptCache)  # type: ignore[assignment,misc]

ROOT = Path(__file__).parents[1]
SECONDS = 180  # until a page or the queue is taken to hang; much more than either needs, even on a busy machine


@dataclass(frozen=True)
class Shown:
    """A map as the browser gets it, in logits: `values` as they are read under the cursor, `step` their last digit."""

    title: str
    values: NDArray[np.float64]
    step: float


class Visitor:
    """One visit. link: what the address bar says at its start; app: the script, if it is another than the project's."""

    def __init__(self, link: dict[str, str] | None = None, app: Path = ROOT / "app.py") -> None:
        self.at = AppTest.from_file(str(app), default_timeout=SECONDS)
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
        self.at.file_uploader[0].set_value((name, data, mime))
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
    def message(self) -> bytes:
        """What the canvas of the comparison gets."""
        return cast(bytes, self._component("canvas").bytes)

    @property
    def curves(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What the canvas gets of covered pictures: the header and the arrays."""
        return unpacked(cast(bytes, self._component("curves").bytes))

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The likeliest classes as the bars show them."""
        return cast(list[dict[str, Any]], json.loads(self._component("bars").json)["classes"])

    def _component(self, name: str) -> Any:
        (found,) = (found.proto for found in self.at.get("bidi_component") if found.proto.component_name == name)
        return found

    @property
    def header(self) -> dict[str, Any]:
        return unpacked(self.message)[0]

    @property
    def data(self) -> list[Any]:
        """The picture and the maps, each as it is sent: two are equal if they are drawn alike."""
        header, arrays = unpacked(self.message)
        maps = [(told["step"], arrays[told["key"]].tolist()) if is_there(told, arrays) else None for told in header["maps"]]
        return [arrays["picture"].tolist(), *maps]

    @property
    def titles(self) -> list[str]:
        """The titles of all maps, in order, those without values as well."""
        return [told["title"] for told in self.header["maps"]]

    @property
    def absent(self) -> list[str]:
        """What stands where maps are missing."""
        header, arrays = unpacked(self.message)
        return [told["absent"] for told in header["maps"] if not is_there(told, arrays)]

    @property
    def seen(self) -> Image.Image:
        """The picture in the first panel."""
        header, arrays = unpacked(self.message)
        return Image.fromarray(arrays["picture"].reshape(header["height"], header["width"], 3))

    @property
    def maps(self) -> list[Shown]:
        """The maps that are drawn, in order."""
        return maps_of(self.message)

    def look(self, **changes: Any) -> Self:
        """Moves display controls, marks a region (`region`: its four borders) or covers maps (`cover`: what the sliders say).

        The page is run as the canvas makes it.
        """
        state, stamp = self.at.session_state, self.header["stamp"]
        region = changes.pop("region", state["region"])
        cover = changes.pop("cover", asdict(state["covered shares"]))
        state["canvas"] = {
            "cover": {**cover, "stamp": stamp},
            "look": {**state["look"].settings(), **changes, "stamp": stamp}, "region": {"box": region, "stamp": stamp},
        }  # fmt: skip
        return self.run()


def finish_queue() -> None:
    """Waits until all work queued so far is done."""
    assert compute.worker().wait_until_idle(SECONDS)


@contextmanager
def held_queue() -> Iterator[threading.Event]:
    """Nothing that is queued is done before this is set, or the block ends."""
    go = threading.Event()
    with mock.patch.object(turns, "QUICK_SECONDS", float("inf")):  # what is quick would run beside what has taken long
        compute.worker().submit(lambda progress: go.wait(SECONDS))
        try:
            yield go
        finally:
            go.set()
            finish_queue()


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header of what a script gets, and the arrays behind it, each (n,), by their names."""
    end = 4 + int.from_bytes(message[:4], "little")
    header = json.loads(message[4:end])
    return header, {
        name: np.frombuffer(message, np.dtype(told["type"]).newbyteorder("<"), told["length"], end + told["at"])
        for name, told in header["arrays"].items()
    }


def is_there(told: dict[str, Any], arrays: dict[str, np.ndarray]) -> bool:
    """Whether the header tells of a map that is done, and no older one in its place."""
    return told["key"] in arrays and not told["before"]


def maps_of(message: bytes) -> list[Shown]:
    """The maps in what the canvas gets."""
    header, arrays = unpacked(message)
    shape = header["height"], header["width"]
    maps = []
    for told in header["maps"]:
        if is_there(told, arrays):
            whole = arrays[told["key"]].reshape(shape)
            maps.append(Shown(told["title"], whole * told["step"], told["step"]))
    return maps
