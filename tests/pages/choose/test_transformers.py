"""A transformer is chosen like any other network, and every page explains it."""

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from torch import nn

import lrp
from lrp.methods.suitable import suits_network
from tests.pages.helpers import ending
from tests.small import Reader, small, small_folder  # noqa: F401
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("small")
VIT = {"depth": "ViT-B/16"}
ATTN = {key: lrp.METHODS[name].label for key, name in (("a", "attn-lrp"), ("b", "attn-lrp-gamma"), ("c", "cp-lrp"))}


def test_a_transformer_is_offered_the_methods_that_suit_it(published_transformers: dict[str, nn.Module]) -> None:
    visitor = Visitor(VIT | ATTN).wait()
    assert (visitor.value("family"), visitor.value("size")) == ("ViT", "ViT-B/16")
    assert visitor.headline.startswith("## ViT-B/16 sees")
    network = lrp.load_network("vit_b_16").network
    offered = list(visitor.at.selectbox(key="a").options)
    assert offered == [method.label for method in lrp.METHODS.values() if suits_network(method, network)]
    assert {lrp.AttnLRP.label, lrp.IntegratedGradients.label, lrp.Saliency.label} <= {*offered}
    assert lrp.GuidedBackprop.label not in offered
    assert visitor.sentences == []
    visitor.put(size="ViT-B/32")
    assert visitor.at.query_params["depth"] == "ViT-B/32"
    assert any("353 MB are downloaded" in each.value for each in visitor.at.main.caption)


def test_the_maps_of_a_transformer_can_be_taken_along(
    published_transformers: dict[str, nn.Module], files: dict[str, Callable[[], bytes]]
) -> None:
    assert Visitor(VIT | ATTN).wait().sentences == []
    assert all(name.startswith("cat_vit-b-16_") for name in files), list(files)
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert {"relevance_1_attn-lrp", "relevance_2_attn-lrp-gamma", "relevance_3_cp-lrp"} <= {*numbers}
    assert json.loads(ending(files, ".json"))["network"] == "ViT-B/16"
    assert "depth=ViT-B%2F16" in ending(files, ".html").decode()
    assert ending(files, ".png")[1:4] == b"PNG"


def test_a_link_to_a_method_that_does_not_suit_is_told(published_transformers: dict[str, nn.Module]) -> None:
    visitor = Visitor({**VIT, **ATTN, "b": lrp.GuidedBackprop.label}).wait()
    (said,) = (each.value for each in visitor.at.info if "Not all that the link asks for" in each.value)
    assert f"“{lrp.GuidedBackprop.label}” as the method of the second map" in said
    assert "(it does not suit the network)" in said


def test_a_link_that_spells_a_method_as_the_command_line_does_is_told_its_name_in_links(
    published_transformers: dict[str, nn.Module],
) -> None:
    visitor = Visitor({**VIT, **ATTN, "a": "attn-lrp"}).wait()
    (said,) = (each.value for each in visitor.at.info if "Not all that the link asks for" in each.value)
    assert "“attn-lrp” as the method of the first map (a link calls it “AttnLRP”)" in said


@pytest.mark.parametrize("page", ["epsilon", "gamma", "layers", "depths", "faithfulness", "settings"])
def test_every_page_works_with_a_transformer(page: str, published_transformers: dict[str, nn.Module]) -> None:
    reader = Reader(page, {**VIT, **ATTN, "l": lrp.AttnLRP.label}).settle()
    assert reader.sentences == []
    assert (reader.value("family"), reader.value("size")) == ("ViT", "ViT-B/16")
