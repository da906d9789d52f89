"""What people take away says what was asked, what ran and where one looked."""

import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import lrp
from lrp.display.colours import SCALES, colour_stops
from lrp.display.sheet import SIDE
from lrp.walk.objectives import OBJECTIVES, objectives_for
from pages.parts.canvas.look import Look
from tests.pages.helpers import FAST_LINK, ending, file_of, photo, stripes
from tests.small import NAMES
from tests.visitor import Visitor

Files = dict[str, Callable[[], bytes]]


class Report(HTMLParser):
    """Pictures, rectangles and rows of a report; the style of a rectangle as numbers, in per cent."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.rectangles: list[dict[str, float]] = []
        self.labels: list[str | None] = []
        self.viewport = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attributes)
        if tag == "img":
            self.alts.append(given["alt"])
        if given.get("class") == "region":
            self.rectangles.append({name: float(value) for name, value in re.findall(r"(\w+):([\d.]+)%", given["style"])})
        if given.get("role") == "img":
            self.labels.append(given["aria-label"])
        if given.get("name") == "viewport":
            self.viewport = given["content"]


def report_of(files: Files) -> tuple[str, Report]:
    text = ending(files, ".html").decode()
    return text, Report(text)


def test_all_files_are_named_after_the_picture_the_network_and_the_class(small: None, files: Files) -> None:
    visitor = Visitor({"sample": "Coffee", "class": "elk", **FAST_LINK}).wait()
    assert set(files) == {f"coffee_resnet-18_elk.{end}" for end in ("png", "html", "npz", "json", "whole.png")}
    visitor.put({"objective": "contrast", "depth": 34}).put({"versus": "bee"})
    assert set(files) == {f"coffee_resnet-34_elk-rather-than-bee.{end}" for end in ("png", "html", "npz", "json", "whole.png")}
    visitor.upload(file_of(stripes()), "Süße Katze (2).PNG").wait()
    assert all(name.startswith("susse-katze-2_resnet-34_elk-rather-than-bee.") for name in files)


def test_the_record_has_the_region_and_what_ran_beside_what_was_asked(small: None, files: Files) -> None:
    steps = {"c_integrated-gradients_n_steps": "8", "c_integrated-gradients_tolerance": "0.005"}
    visitor = Visitor({"region": "4,8,20,30", "b": lrp.Saliency.label, **steps}).wait()
    record = json.loads(ending(files, ".json"))
    assert record["region"] == {"left": 4, "top": 8, "right": 20, "bottom": 30}
    by_lrp, promising_none, by_ig = record["results"]
    assert record["methods"][2]["n_steps"] == 8
    method = lrp.IntegratedGradients(n_steps=8, tolerance=0.005)
    network = lrp.load_backbone()
    found = lrp.explain(network, network.preprocess(photo()), record["explained class index"], method)
    assert by_ig["n_steps"] == found.n_steps > 8
    assert by_ig["gap"] == pytest.approx(float(found.gap), rel=1e-4)
    assert by_ig["total"] == pytest.approx(float(found.total), rel=1e-5)
    assert by_lrp["n_steps"] is None
    assert (promising_none["explained"], promising_none["gap"]) == (None, None)
    assert f"{by_ig['n_steps']} steps were taken" in report_of(files)[0]
    visitor.look(region=None)
    assert json.loads(ending(files, ".json"))["region"] is None


def test_a_map_that_is_not_there_has_no_result(gate: Any, files: Files) -> None:
    Visitor()
    record = json.loads(ending(files, ".json"))
    assert [each is None for each in record["results"]] == [False, False, True]
    assert "Map 3" in report_of(files)[0]


def test_the_logits_have_the_names_of_their_classes(small: None, files: Files) -> None:
    Visitor(FAST_LINK).wait()
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert tuple(numbers["classes"]) == NAMES
        assert len(numbers["logits"]) == len(NAMES)


def tiles(page: Image.Image, count: int) -> list[np.ndarray]:
    """The squares of the panels: they begin where the first one's white outline is found."""
    shown = np.asarray(page.convert("RGB"))
    return [shown[:, 24 + i * (SIDE + 24) : 24 + i * (SIDE + 24) + SIDE] for i in range(count)]


def test_the_picture_outlines_the_region_in_every_panel(small: None, files: Files) -> None:
    visitor = Visitor({"photo": "0.5", **FAST_LINK}).wait()
    pages = []
    for region in ((4, 8, 20, 30), None):
        visitor.look(region=region)
        with Image.open(io.BytesIO(ending(files, ".png"))) as page:
            pages.append(tiles(page, 4))
    for marked, plain in zip(*pages, strict=True):
        assert marked.shape[1] == SIDE
        rows, columns = np.nonzero((marked[: plain.shape[0]] != plain[: marked.shape[0]]).any(-1)[: 24 + 3 * 22 + 16 + SIDE])
        scale = SIDE // 32
        assert (columns.min(), columns.max()) == (4 * scale, 20 * scale - 1)
        assert rows.max() - rows.min() + 1 == 22 * scale


@pytest.mark.parametrize("scale", SCALES)
def test_the_picture_has_a_colour_bar_below_each_map(small: None, files: Files, scale: str) -> None:
    Visitor({"colours": scale, **FAST_LINK}).wait()
    with Image.open(io.BytesIO(ending(files, ".png"))) as page:
        first, *maps = tiles(page, 4)
    ends = [np.array(colour_stops(scale)[place][1][:3]) for place in (0, -1)]
    for tile in maps:
        bars = [row for row in tile if (row[0] == ends[0]).all() and (row[-1] == ends[1]).all() and (row[SIDE // 2] > 245).all()]
        assert len(bars) == 10
    assert not any((row[0] == ends[0]).all() and (row[-1] == ends[1]).all() for row in first)


@pytest.mark.parametrize("name", objectives_for("softmax"))
def test_picture_and_report_tell_the_question_in_words(
    small: None, files: Files, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = ImageDraw.ImageDraw.text

    def noted(self: Any, at: Any, text: str, *arguments: Any, **more: Any) -> Any:
        written.append(text)
        return real(self, at, text, *arguments, **more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    link = {"objective": OBJECTIVES[name].label, "class": "bee", "colours": list(SCALES)[1], **FAST_LINK}
    Visitor(link).wait()
    ending(files, ".png")
    asked = {
        "logit": "Why bee? Orange pixels speak for bee, purple pixels against it.",
        "clrp": "Why bee of all classes? (CLRP) Orange pixels speak for bee more than for all other classes alike",
        "sglrp": "Why so sure of bee? (SGLRP) Orange pixels speak for bee more than for its likeliest rivals",
        "features": "What does layer3 respond to? Orange pixels speak for what layer3 responds to",
    }.get(name, "Why bee rather than ")
    assert asked in " ".join(written)
    assert asked in report_of(files)[0]
    unit = OBJECTIVES[name].unit
    assert sum(text.endswith(f" {unit}") and text.startswith("+") for text in written) == 3
    assert all(str(label).endswith(f" {unit}") for label in report_of(files)[1].labels)


def test_the_report_outlines_the_region_and_names_every_picture(small: None, files: Files) -> None:
    visitor = Visitor({"region": "4,8,20,30", **FAST_LINK}).wait()
    _, found = report_of(files)
    place = {"left": 12.5, "top": 25.0, "width": 50.0, "height": 68.75}
    assert found.rectangles == [pytest.approx(place, abs=1e-3)] * 4
    assert all(alt.endswith("The marked region is outlined.") for alt in found.alts)
    assert [("in favour" in alt) for alt in found.alts] == [False, True, True, True]
    assert len(found.labels) == 3
    assert "width=device-width" in found.viewport
    visitor.look(region=None)
    _, found = report_of(files)
    assert found.rectangles == []
    assert not any("region" in alt for alt in found.alts)


def test_the_report_shows_the_difference_where_the_page_does(small: None, files: Files) -> None:
    visitor = Visitor({"view": "difference", "pair": "ba", **FAST_LINK}).wait()
    text, found = report_of(files)
    title = f"{lrp.EpsilonPlusFlat.label} − {lrp.UniformEpsilon.label}"
    assert title in found.alts[-1]
    assert "not what speaks for a class" in text
    visitor.look(view="side by side")
    assert title not in report_of(files)[0]


def test_no_setting_of_the_report_is_as_the_program_spells_it(small: None, files: Files) -> None:
    Visitor({"photo": "0.3", "sign": "negative"}).wait()
    text, _ = report_of(files)
    for raw in ("n_steps", "zero_bias", "True", "False", "method ", *Look.__annotations__):
        assert f"; {raw}" not in text
        assert f"<th>{raw}" not in text
    for words in ("Steps = 25", "Leave biases out = off", "only negative relevance is drawn", "the photo shows through by 30%"):
        assert words in text
