"""What is said beside the maps is true of them: of the whole map, in its own unit, of the layers that take part."""

import html
import re
from collections.abc import Callable

import numpy as np
import pytest

import lrp
from lrp.methods.composites import reached_rules, table
from lrp.walk.objectives import OBJECTIVES, objectives_for
from pages.parts.canvas.look import VIEWS
from pages.parts.say import words
from tests.pages.helpers import DEFAULTS, FAST_LINK, ending, expected, photo
from tests.small import NAMES
from tests.visitor import Visitor

STAGES = ("layer1", "layer2", "layer3", "layer4")


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_a_filter_changes_no_word_about_the_maps_and_is_said(
    small: None, sign: str, files: dict[str, Callable[[], bytes]]
) -> None:
    visitor = Visitor({"sign": sign.capitalize(), "class": NAMES[0]}).wait()
    whole = [words.map_summary(method.label, expected(photo(), lrp.load_backbone(), method, 0)) for method in DEFAULTS.values()]
    report = html.unescape(ending(files, ".html").decode())
    for told in whole:
        assert f"- {told}" in visitor.words
        assert told in report
    for text in (visitor.words, report):
        assert f"Only the {sign} relevance is drawn" in text
    visitor.look(sign="both")
    assert "relevance is drawn" not in visitor.words + ending(files, ".html").decode()


def test_a_difference_is_said_to_be_between_methods_and_every_other_view_about_the_class(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"class": "cat"}).wait()
    for view in VIEWS:
        visitor.look(view=view, pair="ba")
        about_class = "Red pixels speak for **cat**" in visitor.words
        about_methods = "Red pixels got more relevance from **LRP-ε-z⁺-flat** than from **LRP-ε**" in visitor.words
        assert (about_class, about_methods) == (view != "difference", view == "difference")
    visitor.look(view="difference", pair="dc", colours="Purple - white - orange")  # there is no fourth map
    assert "Orange pixels got more relevance from **LRP-ε** than from **LRP-ε-z⁺**" in visitor.words


def test_the_report_of_a_difference_is_about_the_class_for_it_shows_each_map(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    Visitor(FAST_LINK | {"view": "difference", "class": "cat"}).wait()
    assert "Red pixels speak for cat" in ending(files, ".html").decode()


@pytest.mark.parametrize("name", objectives_for("softmax"))
def test_maps_are_in_the_unit_of_what_is_explained(small: None, name: str, files: dict[str, Callable[[], bytes]]) -> None:
    unit = {"features": "units of activation", "sglrp": "of probability"}.get(name, "logits")
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES[name].label}).wait()
    assert visitor.header["unit"] == unit
    report = html.unescape(ending(files, ".html").decode())
    scales = re.findall(r'aria-label="Colours from minus \S+ to plus \S+ ([^"]+)"', report)
    assert scales == [unit] * 3


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_rules_of_layers_that_take_part_are_listed(small: None, stage: str) -> None:
    network = lrp.load_backbone().network
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES["features"].label, "stage": stage}).wait()
    at_end = network.find(stage)
    below = [node.name for node in network.nodes if node.path.split(".")[0] not in STAGES[STAGES.index(stage) + 1 :]]
    below = below[: below.index(at_end.name) + 1]
    tables = [text.value for text in visitor.at.main.get("text")]
    assert len(tables) == 3
    for text in tables:
        assert [line.split()[0] for line in text.splitlines()] == below
    visitor.put(objective="logit")
    assert visitor.at.main.get("text")[0].value == table(lrp.UniformEpsilon().rules(network))


def test_the_layers_on_the_way_are_those_that_relevance_comes_to(small: None) -> None:
    backbone = lrp.load_backbone()
    rules, x = lrp.EpsilonPlusFlat().rules(backbone.network), backbone.preprocess(photo())
    for objective in (lrp.Logit(1), *map(lrp.Features, STAGES)):
        found = lrp.explain(backbone, x, objective, lrp.EpsilonPlusFlat())
        assert set(reached_rules(rules, backbone.network, objective)) == set(found.by_layer) - {backbone.network.input}


def test_a_map_whose_sum_is_negative_is_not_all_in_favour() -> None:
    values = np.array([[1.0, -25.0]], np.float32)
    assert words.map_summary("IG", values).startswith("IG: 4% of the relevance is in favour")
