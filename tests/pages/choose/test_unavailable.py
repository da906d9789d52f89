"""A network that cannot be had: every page names what was asked for, what it shows instead, and the way on."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import lrp
from pages.parts.work import compute
from tests.pages.helpers import FAST_LINK, ending, out_of_memory
from tests.small import Reader
from tests.visitor import Visitor

PAGES = ("compare", "epsilon", "layers", "depths", "faithfulness")
QUICK = FAST_LINK | {"maps": "ab", "t_steps": "5"}
ASKED = {
    "ImageNet": ({"weights": "ImageNet"}, "ResNet-18 with ImageNet weights"),
    "a depth that is not bundled": ({"depth": "152"}, "ResNet-152 with demo weights"),
    "VGG": ({"depth": "VGG-16", "weights": "ImageNet"}, "VGG-16 with ImageNet weights"),
}


@pytest.fixture(autouse=True)
def offline(small: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")


def main_warnings(visitor: Visitor) -> list[str]:
    return [warning.value for warning in visitor.at.main.get("warning")]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("link", "name"), ASKED.values(), ids=ASKED)
def test_the_main_part_of_every_page_says_what_happened(page: str, link: dict[str, str], name: str) -> None:
    visitor = Reader(page, QUICK | link)
    (sentence,) = visitor.sentences
    assert main_warnings(visitor) == [sentence]  # and none in the sidebar, which a phone hides
    assert sentence.endswith("All that this page shows is of ResNet-18 with demo weights.")
    assert {"Try again", "Choose ResNet-18 with demo weights"} <= set(visitor.buttons)
    if page in ("compare", "epsilon", "layers"):
        assert visitor.headline.startswith(f"## {name} cannot be shown.")
        assert "Instead, with demo weights: ResNet-18 sees" in visitor.headline
    visitor.press("Choose ResNet-18").wait()
    assert visitor.sentences == []
    assert (visitor.value("depth"), visitor.value("weights")) == ("18", "demo")
    assert "cannot be shown" not in visitor.words
    assert not [note.value for note in visitor.at.info if "the link asks for" in note.value], "what was chosen since is no fault"


@pytest.mark.parametrize("page", PAGES)
def test_too_little_memory_for_a_network_is_said_in_the_same_way(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load = lrp.load_backbone

    def small_ones(depth: int = 18, *more: Any) -> lrp.Backbone:
        return load(depth, *more) if depth == 18 else out_of_memory()

    monkeypatch.setattr(lrp, "load_backbone", small_ones)
    visitor = Reader(page, QUICK | {"depth": "34"})
    # The page of depths asks all of them itself, and says of its work what it says of every map.
    sentence = next(each for each in main_warnings(visitor) if "ResNet-34 with demo weights needs more memory" in each)
    assert "All that this page shows is of ResNet-18 with demo weights." in sentence
    if page in ("compare", "epsilon", "layers"):
        assert visitor.headline.startswith("## ResNet-34 with demo weights cannot be shown.")


@pytest.mark.parametrize(("link", "name"), ASKED.values(), ids=ASKED)
def test_what_is_taken_away_names_the_network_that_made_it(
    link: dict[str, str], name: str, files: dict[str, Callable[[], bytes]]
) -> None:
    Visitor(FAST_LINK | link).wait()
    settings, report = json.loads(ending(files, ".json")), ending(files, ".html").decode()
    assert (settings["network"], settings["weights"]) == ("ResNet-18", "demo")
    assert f"<h1>{name} cannot be shown. Instead, with demo weights: ResNet-18 sees" in report
    address = report.partition('<a href="')[2].partition('"')[0]
    again = Visitor({key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}).wait()
    assert again.sentences == []
    assert {**json.loads(ending(files, ".json"))} == settings


def test_the_network_shown_before_stays_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(FAST_LINK | {"depth": "34"}).wait()
    visitor.put(weights="imagenet")
    assert visitor.headline.startswith("## ResNet-34 with ImageNet weights cannot be shown.")
    assert "Instead, with demo weights: ResNet-34 sees" in visitor.headline
    visitor.press("Choose ResNet-34 with demo weights")
    assert (visitor.value("depth"), visitor.value("weights")) == ("34", "demo")
    assert compute.backbone("resnet", 34, "demo").name in visitor.headline
