"""Sentences that readers stumbled over: each is judged by what a reader must learn from it."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

import lrp
from lrp.metrics.sentences import accuracy_in_words
from lrp.walk.objectives import OBJECTIVES
from pages.parts.canvas.figure import FOLDER
from pages.parts.compare.region import blurring_sentences
from pages.parts.faithfulness.localise import HELP
from pages.parts.say import map_words, number_words
from pages.parts.sweep.sweep_words import value_sentences
from pages.parts.sweep.swept import EPSILON
from pages.parts.work.question import Result
from tests.networks import HIGH, LOW, pictures, random_resnet
from tests.pages.helpers import FAST_LINK
from tests.small import Reader
from tests.visitor import Visitor


def test_the_trust_line_says_the_same_the_same_way_at_every_epsilon() -> None:
    network, x = lrp.canonize(random_resnet(18), LOW, HIGH), pictures(1, 64)
    told = set()
    for epsilon in EPSILON.values:
        found = lrp.explain(network, x, 1, lrp.UniformEpsilon(epsilon))
        nothing = np.zeros((1, 1), np.float32)
        result = Result(nothing, nothing[None], float(found.total), float(found.explained), None, 0.1)
        line = map_words.trust_note(result, lrp.UniformEpsilon(), lrp.Logit(1))
        assert number_words.number_text(float(found.explained - found.total)) in line or map_words.GREEN in line
        told.add(re.sub(r"-?\d[\d.e-]*\d|-?\d", "N", line))
    assert len([line for line in told if map_words.AMBER in line]) == 1
    assert len([line for line in told if map_words.GREEN in line]) <= 1


@pytest.mark.parametrize("total", [0.05, -0.05, 9.0, 30.0])
def test_what_a_missing_sum_means_comes_before_its_size(total: float) -> None:
    nothing = np.zeros((1, 1), np.float32)
    line = map_words.trust_note(Result(nothing, nothing[None], total, 10.0, None, 0.1), lrp.UniformEpsilon(), lrp.Logit(1))
    first = line.removeprefix(map_words.AMBER).strip().split(". ")[0]
    assert first == "Read where it is strong, not how strong"
    assert "%" not in line
    assert accuracy_in_words(total, 10.0, abs(total - 10) / 10).startswith("Read its places, not its amounts")


def test_an_account_card_never_says_infinite() -> None:
    assert "inf" not in accuracy_in_words(0.5, 0.0, float("inf"))


@pytest.mark.parametrize("name", ["logit", "contrast", "clrp"])
def test_compare_explains_the_logit_before_the_first_map(small: None, name: str) -> None:
    visitor = Visitor({"objective": OBJECTIVES[name].label, **FAST_LINK})
    found = [caption.value for caption in visitor.at.main.caption if "**logits**" in caption.value]
    assert len(found) == 1
    assert "scores that the network gives to classes" in found[0]


@pytest.mark.parametrize(("name", "counted"), [("features", "the sum of the layer's activation"), ("sglrp", "the probability")])
def test_no_logit_is_explained_where_none_is_counted(small: None, name: str, counted: str) -> None:
    visitor = Visitor({"objective": OBJECTIVES[name].label, **FAST_LINK})
    assert f"share out among the pixels is {counted}" in visitor.words
    assert "**logits**" not in visitor.words


@pytest.mark.parametrize(("before", "after", "found"), [
    (4.5, 4.0, "the logit falls from 4.50 to 4.00 (**-0.50**): the network uses what is there."),
    (4.0, 4.5, "the logit rises from 4.00 to 4.50 (**+0.50**): the network does better without what is there."),
    (4.0, 4.001, "the logit stays at 4.00: the network hardly uses what is there."),
    (-1.0, -2.0, "the logit falls from -1.00 to -2.00 (**-1.00**): the network uses what is there."),
])  # fmt: skip
def test_the_experiment_with_a_region_says_who_does_what(before: float, after: float, found: str) -> None:
    told = blurring_sentences(lrp.region.Region(4, 8, 20, 30), (32, 32), "the logit", before, after)
    assert found in told
    assert " it loses" not in told
    assert " it gains" not in told


def test_the_shares_in_a_region_stand_beside_what_chance_gives(small: None) -> None:
    visitor = Visitor({"region": "4,8,20,30", **FAST_LINK}).wait()
    (table,) = (node.value for node in visitor.at.main.markdown if "| Map |" in node.value)
    assert table.splitlines()[0] == "| Map | Inside, of all that speaks for it | Inside, of all that speaks against it |"
    chance = 16 * 22 / 32**2
    assert table.splitlines()[-1] == f"| By chance | {chance:.1%} | {chance:.1%} |"


def test_the_spread_over_epsilon_is_told_in_pixels() -> None:
    count = len(EPSILON.values)
    sweep = SimpleNamespace(
        swept=EPSILON, maps=[np.zeros((10, 10))] * count, spearman=[0.5] * count, totals=[1.0] * count, explained=2.0,
        entropies=[np.log2(52)] * count,
    )  # fmt: skip
    assert "as if 52% of the pixels were equally strong and all others blank" in value_sentences(sweep, None, "", "logits")[0]


def test_borders_of_a_box_say_which_pixel_is_inside() -> None:
    assert "inside" in HELP
    assert "outside" in HELP


def test_no_page_says_where_a_control_is_that_a_phone_has_elsewhere(small: None) -> None:
    for page in ("epsilon", "layers", "depths"):
        assert not re.search(r"on the (left|right) \(|on the left\b", Reader(page).words)


def test_a_map_that_is_awaited_names_the_previous_one() -> None:
    script = (FOLDER / "panels.js").read_text()
    assert "Until then you see the previous map: ${before}" in script
    assert "the map before" not in script


def test_the_guide_shows_a_heatmap_with_words_and_does_not_promise_what_cards_deny(visitor: Visitor) -> None:
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    network = lrp.load_backbone()
    figures = "".join(html.proto.body for html in visitor.at.get("html"))
    seen, heatmap = re.findall('alt="([^"]*)"', figures)
    assert seen == "The picture Cat as the network saw it."
    assert heatmap.startswith(f"Heatmap. {lrp.EpsilonPlusFlat().label}: ")
    assert network.name in visitor.words
    assert "Changing the red pixels usually changes the answer" not in visitor.words
    assert "covers them, and *How far to trust* measures" in visitor.words


def test_the_trust_line_names_depthwise_layers_that_keep_relevance_under_z_plus() -> None:
    network = lrp.canonize(nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)).eval())
    plain = lrp.canonize(nn.Sequential(nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)).eval())
    relevance = np.zeros((4, 4), np.float32)
    result = Result(relevance, relevance[None], 0.01, 10.0, None, 0.1)
    said = map_words.trust_note(result, lrp.EpsilonPlusFlat(), lrp.Logit(1), network)
    assert "Most of it is kept by this network’s depthwise layers" in said
    for method, other in ((lrp.UniformEpsilon(), network), (lrp.EpsilonPlusFlat(), plain)):
        assert "depthwise" not in map_words.trust_note(result, method, lrp.Logit(1), other)
