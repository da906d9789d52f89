"""What is said beside the maps is true of them: of the whole map, in its own unit, of the layers that take part."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrp
from lrp.cli.main import main
from lrp.display import export
from lrp.display.sheet import SheetPanel
from lrp.methods.composites import reached_rules, table
from lrp.metrics.sanity import promised_gap
from lrp.walk.objectives import OBJECTIVES, make_objective, objectives_for
from pages.parts.canvas.look import VIEWS
from pages.parts.say import map_words
from tests.pages.helpers import DEFAULTS, FAST_LINK, ending, expected, photo
from tests.small import NAMES
from tests.visitor import Visitor

STAGES = ("layer1", "layer2", "layer3", "layer4")


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_a_filter_changes_no_word_about_the_maps_and_is_said(
    small: None, sign: str, files: dict[str, Callable[[], bytes]]
) -> None:
    visitor = Visitor({"sign": sign.capitalize(), "class": NAMES[0]}).wait()
    maps = [(method.label, expected(photo(), lrp.load_backbone(), method, 0)) for method in DEFAULTS.values()]
    whole = [map_words.map_summary(label, values) for label, values in maps]
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


@pytest.mark.parametrize("name", ["clrp", "sglrp"])
def test_no_sum_of_a_question_that_weighs_both_sides_evenly_is_judged_anywhere(
    small: None, name: str, files: dict[str, Callable[[], bytes]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    drawn, draw = [], export.map_panel

    def panel(*arguments: Any) -> SheetPanel:
        made = draw(*arguments)
        drawn.append(made.notes[0])
        return made

    for place in ("lrp.display.export.map_panel", "lrp.cli.explain_files.map_panel"):
        monkeypatch.setattr(place, panel)
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES[name].label}).wait()
    assert visitor.words.count("what is left of the sum says nothing") == 3
    assert ending(files, ".png")
    photo().save(tmp_path / "photo.png")
    command = ["explain", str(tmp_path / "photo.png"), "--objective", name, "--method", "uniform-epsilon", "--out", str(tmp_path)]
    assert main(command) == 0
    assert len(drawn) == 3 + 1
    assert all(note.endswith("; none is promised") for note in drawn)
    assert re.search(r"uniform-epsilon sums to \S+ in ", capsys.readouterr().out)
    (found,) = (json.loads(path.read_text()) for path in tmp_path.glob("*.json"))
    assert [(each["explained"], each["gap"]) for each in found["results"]] == [(None, None)]
    assert promised_gap(1.0, lrp.UniformEpsilon(), make_objective(name, {"target": 0})) is None


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_rules_of_layers_that_take_part_are_listed(small: None, stage: str) -> None:
    network = lrp.load_backbone().network
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES["features"].label, "stage": stage}).wait().open_fold("rules")
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
    assert map_words.map_summary("IG", values).startswith("IG: 4% of the relevance is in favour")
