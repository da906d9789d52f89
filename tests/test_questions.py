"""What is asked about a class, and of which network, on the page and on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image

import lrp
from lrp import demo
from lrp.__main__ import main
from lrp.backbones import STAGES
from lrp.heatmap import sum_channels
from lrp.vgg import build_vgg
from pages.parts import words
from pages.parts.compute import Result
from pages.parts.pictures import SAMPLES
from tests.small import NAMES, write_small
from tests.visitor import Visitor, finish_queue

DEFAULTS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.IntegratedGradients())


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("demo"), 18)


@pytest.fixture
def network(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[lrp.Backbone]:
    """The one bundled network, with no result kept from before."""
    st.cache_resource.clear()
    found = lrp.load_backbone(18, weights)
    monkeypatch.setattr(demo, "FOLDER", weights.parent)
    monkeypatch.setattr(demo, "SHA256", {18: found.sha256})
    yield found
    finish_queue()


@pytest.fixture
def command(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Explains the cat with these arguments and returns the record and the numbers."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(SAMPLES["Cat"]()).save("cat.png")

    def run(*arguments: str) -> dict[str, Any]:
        assert main(["explain", "cat.png", "--weights", str(weights), *arguments]) == 0
        (numbers,), (record,) = tmp_path.glob("*.npz"), tmp_path.glob("*.json")
        with np.load(numbers) as arrays:
            return {**arrays, **json.loads(record.read_text())}

    return run


def logits_of(network: lrp.Backbone) -> torch.Tensor:
    return network.network(picture_of(network))[0]


def picture_of(network: lrp.Backbone) -> torch.Tensor:
    return network.preprocess(Image.fromarray(SAMPLES["Cat"]()))


def assert_explained(visitor: Visitor, network: lrp.Backbone, objective: Any, methods: Any = DEFAULTS) -> None:
    for shown, method in zip(visitor.maps, methods, strict=True):
        values = sum_channels(lrp.explain(network, picture_of(network), objective, method).relevance)
        assert np.abs(shown.values - values).max() <= 0.501 * shown.step + 1e-6 * np.abs(values).max()


# On the page


def test_why_this_rather_than_that_begins_with_the_likeliest_other_class(network: lrp.Backbone) -> None:
    first, second = logits_of(network).topk(2).indices.tolist()
    visitor = Visitor({"objective": lrp.Contrast.label}).wait()
    assert_explained(visitor, network, lrp.Contrast(first, second))
    assert f"for **{NAMES[first]}** rather than **{NAMES[second]}**" in visitor.words
    assert "the difference of the two logits" in visitor.words
    visitor.put({"class": NAMES[second]}).wait()  # whose likeliest other class is now the predicted one
    assert_explained(visitor, network, lrp.Contrast(second, first))


def test_why_this_rather_than_that_takes_any_other_class(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Contrast.label, "class": "dog", "versus": "fox"}).wait()
    assert_explained(visitor, network, lrp.Contrast(3, 5))


def test_the_class_itself_is_no_other_class(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Contrast.label, "class": "dog"})
    assert "dog" not in visitor.at.get_by_key("versus").options


@pytest.mark.parametrize("objective", [lrp.CLRP, lrp.SGLRP])
def test_one_against_all_promises_no_sum_of_an_lrp_map(network: lrp.Backbone, objective: type[Any]) -> None:
    visitor = Visitor({"objective": objective.label, "class": "cat", "c": lrp.EpsilonGammaBox.label}).wait()
    assert_explained(visitor, network, objective(2), (*DEFAULTS[:2], lrp.EpsilonGammaBox()))
    assert "for **cat** more than for the other classes" in visitor.words
    assert words.GREEN not in visitor.words
    assert words.AMBER not in visitor.words


def test_a_question_for_lrp_alone_is_one_sentence_at_the_other_methods(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.CLRP.label}).wait()
    (sentence,) = visitor.sentences
    assert sentence.startswith(lrp.IntegratedGradients.label)
    assert "LRP" in sentence
    assert len(visitor.maps) == 2
    assert visitor.put(objective="logit").wait().sentences == []


def test_a_layer_is_explained_as_a_whole(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Features.label}).wait()
    assert_explained(visitor, network, lrp.Features("layer3"))
    visitor.put(stage="layer1").wait()
    assert_explained(visitor, network, lrp.Features("layer1"))
    assert "for what layer1 responds to" in visitor.words


def test_vgg_without_its_weights_is_one_sentence_and_the_comparison_stays(network: lrp.Backbone) -> None:
    visitor = Visitor().wait()
    before = visitor.headline
    visitor.put(depth="VGG-16")
    (sentence,) = visitor.sentences
    assert "VGG-16" in sentence
    assert "ImageNet" in sentence
    assert visitor.headline == before


def test_vgg_is_explained_like_any_network(network: lrp.Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = build_vgg(16, (4, 4, 4, 4, 4), 8, len(NAMES)).eval()
    canonized = lrp.canonize(model, -network.mean / network.std, (1 - network.mean) / network.std)
    vgg = lrp.Backbone(
        16, "imagenet", model, canonized, NAMES, 64, 0, network.mean, network.std, "digits of the file", "vgg"
    )  # fmt: skip
    monkeypatch.setattr(lrp, "load_backbone", lambda depth, *_: vgg if depth == 16 else network)
    visitor = Visitor({"depth": "VGG-16", "weights": "ImageNet"}).wait()
    assert visitor.sentences == []
    assert "VGG-16 sees" in visitor.headline
    assert_explained(visitor, vgg, int(logits_of(vgg).argmax()))


# In words


def test_numbers_that_two_decimals_would_swallow_keep_two_digits() -> None:
    assert [words.number(value) for value in (12.345, -0.1, 0.0123, -3e-5, 0.0)] == ["12.35", "-0.10", "0.012", "-3e-05", "0.00"]


@pytest.mark.parametrize("objective", lrp.OBJECTIVES.values(), ids=lambda objective: objective.name)
@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_every_sentence_about_a_sum_is_a_whole_one(objective: type[Any], method: type[Any]) -> None:
    empty = np.zeros((2, 2), np.float32)
    said = words.trust(Result(empty, empty, 0.9, 1.0, 64, 0.1), method, objective)
    assert said.endswith(".")
    assert "{" not in said


# On the command line


def test_a_contrast_on_the_command_line_is_that_of_the_library(command: Callable[..., Any], weights: Path) -> None:
    found = command("--objective", "contrast", "--target", "cat", "--versus", "elk", "--method", "epsilon-plus-flat")
    backbone = lrp.load_backbone(18, weights)
    result = lrp.explain(backbone, picture_of(backbone), lrp.Contrast(2, 4), lrp.EpsilonPlusFlat())
    np.testing.assert_array_equal(found["relevance_1_epsilon-plus-flat"], result.relevance[0])
    said = found["settings"]
    assert (said["objective"], said["explained class"], said["rather than class"]) == ("contrast", "cat", "elk")


def test_a_contrast_is_against_the_likeliest_other_class_unless_one_is_named(
    command: Callable[..., Any], weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("--objective", "contrast", "--method", "uniform-epsilon")
    first, second = logits_of(lrp.load_backbone(18, weights)).topk(2).indices.tolist()
    assert f"explained: {NAMES[first]} rather than {NAMES[second]}" in capsys.readouterr().out


@pytest.mark.parametrize("stage", [None, *STAGES["resnet"]])
def test_a_stage_on_the_command_line_is_that_of_the_library(
    command: Callable[..., Any], weights: Path, stage: str | None
) -> None:
    found = command("--objective", "features", "--method", "epsilon-plus", *(() if stage is None else ("--stage", stage)))
    backbone = lrp.load_backbone(18, weights)
    result = lrp.explain(backbone, picture_of(backbone), lrp.Features(stage or "layer3"), lrp.EpsilonPlus())
    np.testing.assert_array_equal(found["relevance_1_epsilon-plus"], result.relevance[0])


def test_what_lrp_alone_can_explain_leaves_integrated_gradients_out(command: Callable[..., Any]) -> None:
    found = command("--objective", "clrp")
    assert [each["method"] for each in found["results"]] == ["uniform-epsilon", "epsilon-plus-flat"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--objective", "clrp", "--method", "integrated-gradients"), ("clrp", "LRP only", "integrated-gradients")),
        (("--versus", "dog"), ("--versus", "contrast", "logit")),
        (("--stage", "layer2", "--objective", "contrast"), ("--stage", "features", "contrast")),
        (("--stage", "layer9", "--objective", "features"), ("layer9", "layer4")),
        (("--objective", "contrast", "--versus", "gnu"), ("gnu",)),
        (("--architecture", "vgg", "--depth", "18"), ("16", "18")),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_line(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["explain", "cat.png", "--weights", str(weights), "--out", str(tmp_path), *arguments])
    out, err = capsys.readouterr()
    assert (caught.value.code, out, err.count("\n")) == (2, "", 1)
    for part in parts:
        assert part in err


def test_a_stage_after_what_is_explained_is_one_line_and_the_run_goes_on(
    command: Callable[..., Any], weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command()
    arguments = ("--objective", "features", "--stage", "layer1", "--method", "grad-cam", "--layer", "layer4")
    assert main(["explain", "cat.png", "--weights", str(weights), *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "grad-cam" in line
    assert "layer4" in line


def test_the_rules_of_vgg_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--architecture", "vgg", "--method", "epsilon-plus-flat"]) == 0
    out = capsys.readouterr().out
    assert "features.28" in out or "features_28" in out
    assert "Flat" in out
