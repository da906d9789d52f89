"""The network is chosen by its family, then its size, then its weights; the link says it all."""

import pytest

import lrp
from lrp.methods.suitable import suits_network
from lrp.models.architectures.published import PUBLISHED
from lrp.models.imagenet import imagenet_size
from pages.parts.choose.catalogue import FAMILIES, NETWORKS, family_of, published_choices
from tests.pages.helpers import FAST_LINK
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def offline(small: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path_factory.mktemp("none")))
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")


def test_every_published_network_is_in_one_family_and_resnet_comes_first() -> None:
    assert next(iter(FAMILIES)) == "ResNet" == family_of("nothing of the kind")
    assert len(NETWORKS) == sum(map(len, FAMILIES.values())) == len(published_choices()) - len(FAMILIES["ResNet"])
    assert {name for name, _ in NETWORKS.values()} == {"resnet", "vgg", "efficientnet_lite", *PUBLISHED}
    assert len({choice.label for choice in published_choices()}) == len(published_choices())


def test_a_family_is_chosen_and_its_first_size_with_it() -> None:
    visitor = Visitor(FAST_LINK).wait()
    visitor.put(family="EfficientNet").wait()
    assert visitor.value("size") == "EfficientNet-Lite0"
    assert visitor.at.query_params["depth"] == "EfficientNet-Lite0"
    assert visitor.headline.startswith("## EfficientNet-Lite0 sees")
    visitor.put(family="ResNet").wait()
    assert visitor.headline.startswith("## ResNet-18 sees")
    assert "depth" not in visitor.at.query_params


@pytest.mark.parametrize("name", ["EfficientNet-B0", "VGG-16", "MobileNet-V3-Large", "RegNet-Y-400MF", "DenseNet-121"])
def test_a_link_names_the_size_and_the_page_says_what_is_downloaded(name: str) -> None:
    visitor = Visitor(FAST_LINK | {"depth": name})
    architecture, depth = NETWORKS[name]
    assert (visitor.value("family"), visitor.value("size")) == (family_of(name), name)
    assert visitor.at.query_params["depth"] == name
    (said,) = (each.value for each in visitor.at.main.caption if "downloaded" in each.value)
    assert f"{imagenet_size(depth, architecture) / 1e6:.0f} MB" in said
    (sentence,) = visitor.sentences
    assert f"The ImageNet weights of {name}" in sentence
    assert "All that this page shows is of ResNet-18" in sentence
    visitor.press("Choose ResNet-18").wait()
    assert (visitor.value("family"), visitor.value("depth")) == ("ResNet", "18")
    assert visitor.sentences == []


def test_what_a_method_cannot_explain_is_not_offered() -> None:
    visitor = Visitor(FAST_LINK).wait()
    assert lrp.GuidedBackprop.label in visitor.at.selectbox(key="a").options
    visitor = Visitor(FAST_LINK | {"depth": "EfficientNet-Lite0", "a": lrp.GuidedBackprop.label}).wait()
    offered = list(visitor.at.selectbox(key="a").options)
    network = lrp.load_network("efficientnet_lite0")
    assert offered == [method.label for method in lrp.METHODS.values() if suits_network(method, network.network)]
