"""A visitor of the pages without a browser: presses, reads and waits; a page that shows a traceback fails the test.

Streamlit's AppTest runs app.py as the server would, once for each `run`. It does not fire the timer that redraws a page while
long work runs; `wait` stands in for it.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from tests.canvas_messages import Shown, is_there, maps_of, unpacked
from tests.work_queue import SECONDS, finish_queue

# A server looks once for installed packages with components and compiles a page once, an AppTest at every run.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
app_test.ScriptCache = local_script_runner.ScriptCache = cache(ScriptCache)  # type: ignore[assignment,misc]



class NamedPages(PagesManager):
    """Of an app that names its pages itself, as pages/parts/shell/sessions.py says to servers; AppTest forgets it at each run."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        PagesManager.uses_pages_directory = False


app_test.PagesManager = NamedPages  # type: ignore[attr-defined]

ROOT = Path(__file__).parents[1]


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

    def press_each(self, label: str) -> Self:
        """Presses every button whose label begins so: on a busy machine a map may count as slow and have a button of its own."""
        while any(text.startswith(label) for text in self.buttons):
            next(button for button in self.at.button if button.label.startswith(label)).click()
            self.run()
        return self

    def open_fold(self, key: str) -> Self:
        self.at.session_state[f"fold {key}"] = True
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
        return cast(bytes, self.component("canvas").bytes)

    @property
    def curves(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What the canvas gets of covered pictures: the header and the arrays."""
        return unpacked(cast(bytes, self.component("curves").bytes))

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The likeliest classes as the bars show them."""
        return cast(list[dict[str, Any]], json.loads(self.component("bars").json)["classes"])

    def component(self, name: str) -> Any:
        """What the script of a component on the page gets."""
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
