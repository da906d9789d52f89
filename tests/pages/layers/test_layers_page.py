"""The page about layers: its account is the engine's, adds up for every method, and shows where in the picture it lies."""

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lrp
from lrp.walk.ledger import Account, keep_account
from pages.parts.choose.samples import SAMPLES
from pages.parts.frame import viewport
from pages.parts.layers.flow import by_stage, flow_of
from pages.parts.layers.flow_words import (
    balance_sentence,
    flow_figure,
    flow_figure_alt,
    growth_sentence,
    skip_sentence,
    without_place_sentence,
)
from tests.lrp.network import transformers
from tests.networks import pictures, small_vgg
from tests.pages.helpers import OFFERED
from tests.small import Reader, array, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")

METHODS = [method for method in OFFERED if method.has_rules]
BLOCKS = ["fc", "avgpool", *(f"layer{stage}.{block}" for stage in (4, 3, 2, 1) for block in (1, 0)), "conv1"]


def account(method: Any) -> Account:
    """That of the predicted class, by the engine."""
    backbone = lrp.load_backbone(18)
    forward = lrp.trace(backbone.network, backbone.preprocess(Image.fromarray(SAMPLES["Cat"]())))
    return keep_account(forward, int(forward.logits[0].argmax()), method.rules(backbone.network))


def sums(reader: Reader) -> list[float]:
    """The numbers of the sentence about the balance: logit, pixels, biases, stabilizers."""
    sentence = next(line for line in reader.words.splitlines() if "The logit" in line)
    return [float(number) for number in re.findall(r"\*\*(-?[\d.]+)\*\*", sentence)]


def bars(reader: Reader) -> dict[str, list[float]]:
    """What each bar chart draws, by its name."""
    return {bar["name"]: array(bar["y"]) for bar in reader.chart_of()["data"]}


@pytest.fixture
def reader() -> Reader:
    return Reader("layers")


def test_the_first_sight_is_the_account_of_the_whole_network(reader: Reader) -> None:
    expected = account(lrp.EpsilonPlusFlat())
    logit, pixels, bias, rest = sums(reader)
    assert pixels + bias + rest == pytest.approx(logit, abs=0.02)
    numbers = [float(value) for value in (expected.explained, expected.pixels, expected.bias, expected.rest)]
    assert [logit, pixels, bias, rest] == pytest.approx(numbers, abs=0.006)
    assert ":green[" in reader.words
    drawn = bars(reader)
    assert drawn["sum R"] == pytest.approx([float(block.output.arrived) for block in expected.blocks], rel=1e-5)
    strengths = [float(block.output.absolute) for block in expected.blocks]
    assert drawn["sum of the strengths |R|"] == pytest.approx(strengths, rel=1e-5)
    assert drawn["with biases"] == pytest.approx([float(block.bias) for block in expected.blocks], rel=1e-5, abs=1e-9)
    assert reader.chart_of()["layout"]["xaxis"]["categoryarray"] == BLOCKS
    assert "layer3.1: " in reader.at.get("plotly_chart")[0].proto.alt
    assert reader.sentences == []


def test_the_account_adds_up_for_every_method(reader: Reader) -> None:
    for method in METHODS:
        reader.put({"l": method.name}).wait()
        logit, pixels, bias, rest = sums(reader)
        assert pixels + bias + rest == pytest.approx(logit, abs=0.02), method
        assert ":green[" in reader.words
        found = account(method())
        assert bias == pytest.approx(float(found.bias), abs=0.006), method
        assert rest == pytest.approx(float(found.rest), abs=0.006), method
    assert reader.at.get_by_key("l").options == [method.label for method in METHODS]


def test_settings_reach_the_engine_and_the_rules_are_told(reader: Reader) -> None:
    reader.put({"l_epsilon-plus-flat_zero_bias": True}).wait()
    assert sums(reader)[2] == 0
    assert not reader.at.text
    reader.open_fold("rules")
    assert "ZPlus(bias=False)" in reader.at.text[0].value
    assert reader.at.text[0].value.splitlines()[0].startswith("conv1 ")


def test_on_a_narrow_window_each_rule_stands_below_its_layer(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewport, "is_narrow", lambda: True)
    reader.put().wait().open_fold("rules")
    assert reader.at.text[0].value.splitlines()[:2] == ["conv1", "    Flat()"]


def test_a_block_is_chosen_for_its_map(reader: Reader) -> None:
    assert reader.value("block") == "conv1"  # no map of these small networks is 10 pixels wide, so the finest is shown
    reader.put(block="layer2.1").wait()
    assert "**layer2.1, 4 × 4**" in reader.words
    images = reader.at.main.get("image")
    assert len(images) == 3
    assert "At layer2.1: " in reader.words


def test_the_link_says_which_block_and_which_bars() -> None:
    reader = Reader("layers", {"block": "layer4.0", "by": "Stages", "l": lrp.UniformEpsilon.label})
    assert "**layer4.0, 1 × 1**" not in reader.words  # it has one place only, so there is no map to show
    stages = ["fc", "avgpool", "layer4", "layer3", "layer2", "layer1", "conv1"]
    assert reader.chart_of()["layout"]["xaxis"]["categoryarray"] == stages


def test_stages_keep_what_their_blocks_keep() -> None:
    flow = flow_of(account(lrp.EpsilonGammaBox()))
    stages = by_stage(flow.rows)
    assert sum(stage.bias for stage in stages) == pytest.approx(flow.bias)
    assert sum(stage.rest for stage in stages) == pytest.approx(flow.rest, abs=1e-6)
    assert [stage.arrived for stage in stages if stage.name == "layer3"] == [
        row.arrived for row in flow.rows if row.name == "layer3.1"
    ]
    for above, below in pairwise(stages):
        assert above.arrived - above.bias - above.rest == pytest.approx(below.arrived, rel=1e-4, abs=1e-4)


def test_an_account_that_does_not_close_is_amber() -> None:
    flow = flow_of(account(lrp.EpsilonPlusFlat()))
    assert ":green[" in balance_sentence(flow)
    open_ = type(flow)(flow.rows, flow.explained, flow.pixels * 1.1, flow.bias, flow.rest)
    assert ":orange[" in balance_sentence(open_)


def test_a_network_without_residual_connections_has_two_charts() -> None:
    network = lrp.canonize(small_vgg())
    forward = lrp.trace(network, pictures(1, 32))
    flow = flow_of(keep_account(forward, 1, lrp.EpsilonPlus().rules(network)))
    assert skip_sentence(flow) == "This network has no residual connections."
    figure = flow_figure(flow.rows, None)
    assert len({bar.yaxis for bar in figure.data}) == 2
    assert all(np.isfinite(bar.y).all() for bar in figure.data)


def test_a_transformer_has_bars_for_attention_mlp_and_skip_and_a_sentence_on_growth() -> None:
    name = "torchvision vit"
    forward = lrp.trace(lrp.canonize(transformers.transformer(name)), transformers.pictures(name, 1))
    account = lrp.AttnLRP().account(forward, lrp.Logit(3))
    flow = flow_of(account)
    blocks = [row for row in flow.rows if row.attention is not None]
    assert [row.name for row in blocks] == ["encoder.layers.encoder_layer_1", "encoder.layers.encoder_layer_0"]
    mlp, attention = account.splits[:2]
    assert (blocks[0].main, blocks[0].attention) == pytest.approx((float(mlp.main), float(attention.main)))
    assert blocks[0].skip == pytest.approx(float(attention.skip))
    assert blocks[0].places is not None
    assert blocks[0].places.shape == (4, 4)
    names = [bar.name for bar in flow_figure(flow.rows, None).data]
    assert names[-3:] == ["attention", "MLP", "skip connection"]
    assert ", attention " in flow_figure_alt(flow.rows)
    assert f"{blocks[1].absolute / blocks[0].absolute:.2g} times" in growth_sentence(flow)
    assert len(by_stage(flow.rows, [row.name for row in blocks])) == len(flow.rows)  # a ViT has no stages but its blocks
    assert flow_figure(flow.rows, None).layout.xaxis.ticktext[3:5] == ("encoder_layer_1", "encoder_layer_0")


def test_relevance_of_the_class_token_lies_at_no_place() -> None:
    name = "torchvision vit"
    forward = lrp.trace(lrp.canonize(transformers.transformer(name)), transformers.pictures(name, 1))
    flow = flow_of(lrp.AttnLRP().account(forward, lrp.Logit(3)))
    last, below = "encoder.layers.encoder_layer_1", "encoder.layers.encoder_layer_0"
    arrived = {row.name: row.arrived for row in flow.rows}
    assert not flow.with_maps[last].any()  # the head reads the class token alone
    assert flow.without_place(last) == arrived[last]
    assert f"**{arrived[last]:z.2f}** logits lie with tokens" in without_place_sentence(flow, last)
    assert flow.without_place(below) + flow.with_maps[below].sum() == pytest.approx(arrived[below], rel=1e-5)
    assert flow.first_sight == list(flow.with_maps)[-1]  # no map here is 10 places wide
    convolutional = flow_of(account(lrp.EpsilonPlusFlat()))
    assert without_place_sentence(convolutional, "conv1") == ""


def test_the_stages_of_a_swin_join_its_blocks() -> None:
    name = "torchvision swin"
    forward = lrp.trace(lrp.canonize(transformers.transformer(name)), transformers.pictures(name, 1))
    flow = flow_of(lrp.AttnLRP().account(forward, lrp.Logit(3)))
    stages = by_stage(flow.rows, ["features.1", "features.3"])
    names = [row.name for row in stages]
    assert names.index("features.3") < names.index("features.1")
    assert not any(name.startswith(("features.1.", "features.3.")) for name in names)
    assert sum(row.rest for row in stages) == pytest.approx(sum(row.rest for row in flow.rows))
    convolutional = lrp.trace(lrp.canonize(small_vgg()), pictures(size=32)[:1])
    assert growth_sentence(flow_of(lrp.EpsilonPlus().account(convolutional, lrp.Logit(1)))) == ""
