"""The chosen question on the other pages: answered, with the engine's numbers, or named together with what is answered."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

import lrp
from lrp.attribution import sum_channels
from lrp.display.colours import as_int8, colour_limit
from lrp.walk.ledger import keep_account
from lrp.walk.objectives import OBJECTIVES, Objective
from pages.parts.sweep.swept import EPSILON
from tests.pages.sweep.test_epsilon_page import message
from tests.small import NAMES, Reader, logits_of, picture_of, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")

CAT, FOX = NAMES.index("cat"), NAMES.index("fox")
ASKED: Mapping[str, tuple[dict[str, str], Objective]] = {
    "contrast": ({"class": "cat", "versus": "fox"}, lrp.Contrast(CAT, FOX)),
    "clrp": ({"class": "cat"}, lrp.CLRP(CAT)),
    "sglrp": ({"class": "cat"}, lrp.SGLRP(CAT)),
    "features": ({"stage": "layer2"}, lrp.Features("layer2")),
}
ANSWERED_BY_EPSILON = ("contrast", "features")


def link(name: str) -> dict[str, str]:
    return {"objective": OBJECTIVES[name].label, **ASKED[name][0]}


def infos(reader: Reader) -> list[str]:
    return [info.value for info in reader.at.main.get("info")]


def explained(method: Any, objective: Objective, depth: int = 18) -> Any:
    backbone = lrp.load_backbone(depth)
    return lrp.explain(backbone, picture_of(backbone), objective, method)


@pytest.mark.parametrize("name", ASKED)
def test_epsilon_answers_it_or_says_what_it_answers(name: str) -> None:
    reader, objective = Reader("epsilon", link(name)), ASKED[name][1]
    if name not in ANSWERED_BY_EPSILON:
        (sentence,) = infos(reader)
        assert OBJECTIVES[name].label in sentence
        assert "this page answers “Why this class?” for **cat**" in sentence
        objective = lrp.Logit(CAT)
    else:
        assert infos(reader) == []
        positive = objective.sides([f"**{each}**" for each in NAMES])[0]
        assert f"Red pixels speak {positive}" in reader.words
    header, numbers, _ = message(reader)
    for i in (0, 12):
        found = explained(lrp.UniformEpsilon(EPSILON.values[i]), objective)
        values = sum_channels(found.relevance)
        assert np.abs(numbers[i].astype(int) - as_int8(values, colour_limit([values]))).max() <= 1
        assert f"of {float(found.explained):z.2f} {objective.unit}. " in header["sentences"][i]
    assert "Input × Gradient 1.00" in header["sentences"][0]  # of the same question


@pytest.mark.parametrize("name", ASKED)
def test_layers_answers_it(name: str) -> None:
    reader, objective = Reader("layers", link(name)), ASKED[name][1]
    assert infos(reader) == []
    backbone = lrp.load_backbone()
    trace = lrp.trace(backbone.network, picture_of(backbone))
    account = keep_account(trace, objective, lrp.EpsilonPlusFlat().rules(backbone.network, objective))
    sentence = next(line for line in reader.words.splitlines() if "that reached the pixels" in line)
    shown = [float(number) for number in re.findall(r"\*\*(-?[\d.]+)\*\*", sentence)]
    assert shown == pytest.approx([float(x) for x in (account.explained, account.pixels, account.bias, account.rest)], abs=0.006)
    assert "logit," not in sentence or name == "clrp"
    assert reader.chart_of()["layout"]["annotations"][0]["text"] == f"What arrives, in {objective.unit.removeprefix('of ')}"
    assert f"Red places speak {objective.sides([f'**{each}**' for each in NAMES])[0]}" in reader.words
    reader.open_fold("rules")
    (rules,) = (text.value for text in reader.at.main.get("text"))
    assert [line.split()[0] for line in rules.splitlines()] == [entry.node.name for entry in reversed(account.entries)]


@pytest.mark.parametrize("name", ASKED)
def test_depths_ask_it_of_every_network(name: str) -> None:
    methods = {"m": lrp.EpsilonPlusFlat.label, "n": lrp.InputXGradient.label}
    reader, objective = Reader("depths", {**methods, **link(name)}), ASKED[name][1]
    assert infos(reader) == []
    assert f"what speaks for **{objective.sides(NAMES)[0].removeprefix('for ')}**" in reader.words
    for depth in (18, 34, 50):
        found = explained(lrp.EpsilonPlusFlat(), objective, depth)
        sums = f"sums to {float(found.total):z.2f} of {float(found.explained):z.2f}"
        assert f"{lrp.EpsilonPlusFlat.label}  \n{sums}" in reader.words
    absent = reader.words.count("This question is defined for LRP only")
    assert absent == (3 if name == "clrp" else 0)


@pytest.mark.parametrize("name", ASKED)
def test_trust_says_which_question_it_answers_instead(name: str) -> None:
    reader = Reader("faithfulness", {"maps": "ab", "t_steps": "5", **link(name)})
    (sentence,) = infos(reader)
    assert f"You chose “{OBJECTIVES[name].label}”" in sentence
    best = NAMES[int(logits_of(lrp.load_backbone()).argmax())]
    assert f"for **{ASKED[name][0].get('class', best)}**" in sentence
    assert reader.put(objective="logit").at.main.get("info") == []


def test_the_question_is_there_on_every_page_and_back_again() -> None:
    reader = Reader("compare", {**link("contrast"), "maps": "ab"})
    for page in ("epsilon", "layers", "depths", "faithfulness", "compare"):
        reader.go(page)
        assert (reader.value("objective"), reader.value("versus"), reader.value("class")) == ("contrast", "fox", "cat")


def test_the_usual_question_needs_no_sentence() -> None:
    for page in ("epsilon", "layers", "depths", "faithfulness"):
        assert infos(Reader(page, {"maps": "ab", "t_steps": "5"})) == []


def test_a_contrast_is_the_difference_that_epsilon_tells() -> None:
    header, _, _ = message(Reader("epsilon", link("contrast")))
    logits = logits_of(lrp.load_backbone())
    assert f"of {float(torch.sub(logits[CAT], logits[FOX])):z.2f} logits" in header["sentences"][0]
