"""The page about gamma: its maps are the engine's, in convolutional networks and in transformers, and what it says is so."""

import numpy as np
import pytest
import scipy.stats
from PIL import Image
from torch import nn

import lrp
from lrp.attribution import Map, sum_channels
from lrp.display.colours import as_int8, colour_limit
from pages.parts.choose.samples import SAMPLES
from pages.parts.sweep.swept import GAMMA
from tests.pages.sweep.test_epsilon_page import message
from tests.small import Reader, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")
GRID = (0.0, 0.01, 0.05, 0.1, 1.0)  # of linear layers in Achtibat et al. 2024, whose other gamma is 0.1, 0.25 or 100


def engine(backbone: lrp.Backbone, method: lrp.EpsilonGammaBox | lrp.AttnLRPGamma) -> Map:
    x = backbone.preprocess(Image.fromarray(SAMPLES["Cat"]()))
    return sum_channels(lrp.explain(backbone, x, int(backbone.network(x)[0].argmax()), method).relevance)


def assert_shown(numbers: np.ndarray, value: float, expected: Map) -> None:
    shown = numbers[GAMMA.values.index(value)].astype(int)
    assert np.abs(shown - as_int8(expected, colour_limit([expected]))).max() <= 1


def test_the_first_sight_is_the_map_of_every_gamma_in_convolutions() -> None:
    reader, backbone = Reader("gamma"), lrp.load_backbone(18)
    header, numbers, _ = message(reader)
    assert (header["name"], header["symbol"], header["method"]) == ("gamma", "γ", lrp.EpsilonGammaBox.label)
    assert header["titles"] == [*(f"{value:g}" for value in GAMMA.values), lrp.EpsilonPlus.label]
    assert header["titles"][header["at"]] == reader.at.query_params["gamma"] == "0.25"
    start = engine(backbone, lrp.EpsilonGammaBox(gamma=0.0))
    for value in (0.0, 0.25, 100.0):
        expected = engine(backbone, lrp.EpsilonGammaBox(gamma=value))
        assert_shown(numbers, value, expected)
        alike = scipy.stats.spearmanr(expected.ravel(), start.ravel()).statistic
        assert f"the map at γ = 0 {alike:z.2f}, with" in header["sentences"][GAMMA.values.index(value)]
    assert "resembl" in reader.words
    assert "Here it acts in every convolution" in reader.words
    assert "Three charts over gamma from 0 to 100" in reader.at.get("plotly_chart")[0].proto.alt
    assert reader.sentences == []
    for control in (*reader.at.main.selectbox, *reader.at.main.toggle):
        assert control.help, control.label


def test_a_transformer_is_swept_in_its_linear_layers_beside_the_gamma_of_its_patches(
    published_transformers: dict[str, nn.Module],
) -> None:
    key = "g_attn-lrp-gamma_patch_gamma"
    reader = Reader("gamma", {"depth": "ViT-B/16", "gamma": "0.1", key: "100"})
    header, numbers, _ = message(reader)
    assert header["method"] == lrp.AttnLRPGamma.label
    assert header["titles"][header["at"]] == "0.1"
    backbone = lrp.load_network("vit_b_16")
    for value in GRID:
        assert_shown(numbers, value, engine(backbone, lrp.AttnLRPGamma(gamma=value, patch_gamma=100.0)))
    assert "in the linear layers of the blocks" in reader.words
    assert header["titles"][-1] == lrp.AttnLRP.label
    assert reader.at.info == []
    assert GAMMA.values[-1] == 100
