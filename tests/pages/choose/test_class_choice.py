"""The explained class, and the question why it rather than another."""

import json
from collections.abc import Callable
from typing import Any

import lrp
from lrp.attribution import sum_channels
from lrp.methods import explain
from pages.parts.say import number_words
from tests.pages.helpers import DEFAULTS, assert_shows, ending, expected, logits_of, photo
from tests.small import NAMES
from tests.visitor import Visitor


def test_a_class_is_chosen_by_name(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    headline = visitor.headline
    visitor.put({"class": "bee"}).wait()
    assert visitor.headline == headline  # what the network sees does not depend on what is explained
    assert "**bee**" in visitor.words
    assert asked == [(NAMES.index("bee"), method) for method in DEFAULTS.values()]
    network = lrp.load_backbone()
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(photo(), network, method, NAMES.index("bee")))


def test_a_class_is_chosen_among_the_top_five(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    probabilities = logits_of(photo(), lrp.load_backbone()).softmax(0)
    order = [NAMES[i] for i in probabilities.argsort(descending=True)]
    assert "top five" not in visitor.controls  # which the comparison shows as bars
    visitor.at.switch_page("pages/layers.py")
    offered = visitor.run().at.pills(key="top five").options
    assert [text.split()[0] for text in offered] == order[:5]
    assert all(f"{float(probabilities[NAMES.index(name)]):.0%}" in text for name, text in zip(order, offered, strict=False))
    visitor.put({"top five": order[2]})
    assert visitor.value("class") == order[2]
    assert f"**{order[2]}**" in visitor.words
    visitor.put({"top five": None})
    assert visitor.value("class") == order[2]
    visitor.at.switch_page("pages/compare.py")
    assert f"**{order[2]}**" in visitor.run().wait().words
    assert {target for target, _ in asked} == {NAMES.index(order[2])}


def test_the_last_choice_of_a_class_counts(visitor: Visitor) -> None:
    visitor.at.switch_page("pages/layers.py")
    visitor.run().put({"top five": "fox"}).put({"class": "ant"})
    assert "**ant**" in visitor.words
    visitor.put(sample="Coffee")
    assert visitor.value("class") == "ant"
    visitor.put({"top five": "bee"})
    assert "**bee**" in visitor.words


def test_the_class_seen_is_explained_until_another_is_chosen(visitor: Visitor, asked: list[tuple[int, Any]]) -> None:
    visitor.put(depth="34", sample="Dahlia")
    network = lrp.load_backbone(34)
    logits = {name: logits_of(photo(name), network) for name in ("Cat", "Dahlia")}
    assert logits["Cat"].argmax() != logits["Dahlia"].argmax()
    assert {target for target, _ in asked} == {int(logits["Dahlia"].argmax())}


def test_why_this_class_rather_than_that_is_the_difference_of_their_logits(
    visitor: Visitor, asked: list[tuple[int, Any]], files: dict[str, Callable[[], bytes]]
) -> None:
    visitor.put({"class": "bee", "objective": "contrast"}).put({"versus": "fox"}).wait()
    contrast = lrp.Contrast(NAMES.index("bee"), NAMES.index("fox"))
    assert {target for target, _ in asked[-len(DEFAULTS) :]} == {contrast}
    assert "**bee** rather than **fox**" in visitor.words
    network, logits = lrp.load_backbone(), logits_of(photo(), lrp.load_backbone())
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        found = explain(network, network.preprocess(photo()), contrast, method)
        assert_shows(shown, sum_channels(found.relevance))
    apart = float(logits[contrast.target] - logits[contrast.versus])
    assert f"the difference of the two logits is **{number_words.number_text(apart)}**" in visitor.words
    assert json.loads(ending(files, ".json"))["rather than class"] == "fox"
    assert visitor.put({"class": "fox"}).wait().sentences == []  # which cannot be held against itself
    assert NAMES[asked[-1][0].target] == "fox" != NAMES[asked[-1][0].versus]


def test_the_bars_are_the_likeliest_classes_and_say_which_is_explained(visitor: Visitor) -> None:
    probabilities = logits_of(photo(), lrp.load_backbone()).softmax(0)
    order = [NAMES[i] for i in probabilities.argsort(descending=True)]
    bars = visitor.bars
    assert [bar["name"] for bar in bars] == order[:5]
    shares = [float(probabilities[NAMES.index(name)]) for name in order[:5]]
    assert [bar["share"] for bar in bars] == shares
    texts = [f"{share:.1%}" for share in shares]
    assert [bar["text"] for bar in bars] == [f"{texts[0]} explained", *texts[1:]]
    assert [bar["mark"] for bar in bars] == ["explained", "", "", "", ""]
    bars = visitor.put(objective="contrast").bars
    assert [bar["text"] for bar in bars] == [f"{texts[0]} explained", f"{texts[1]} compared", *texts[2:]]
    assert [bar["mark"] for bar in bars] == ["explained", "compared", "", "", ""]
