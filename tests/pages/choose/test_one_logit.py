"""A network with one logit on the pages: a score, never 100 %, and only the questions that it can answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import lrp
from lrp.walk.objectives import OBJECTIVES
from tests.checkpoints import write
from tests.networks import SLIM, random_resnet
from tests.pages.helpers import FAST_LINK
from tests.small import bundled
from tests.visitor import Visitor

VIEW = {"size": 32, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Networks of one logit are the bundled ones."""
    for depth, bias in ((18, 2.0), (34, -2.0)):
        state = random_resnet(depth, SLIM, 1, torch.float32).state_dict()
        state["fc.bias"][:] = bias
        write(tmp_path / f"resnet{depth}.safetensors", depth, state, metadata=VIEW | {"categories": ["rust"]})
    yield from bundled(monkeypatch, tmp_path, 18, 34)


def score(depth: int) -> str:
    from tests.pages.helpers import logits_of, photo

    return f"{float(logits_of(photo(), lrp.load_backbone(depth)).sigmoid()):.2f}"


@pytest.mark.parametrize(("depth", "says"), [(18, "yes"), (34, "no")])
def test_one_logit_is_a_score_on_the_first_page(one: None, depth: int, says: str) -> None:
    visitor = Visitor(FAST_LINK | {"depth": str(depth)}).wait()
    assert f"gives **rust** a score of **{score(depth)}**" in visitor.headline
    assert f"says {says}" in visitor.headline
    assert "%" not in visitor.headline
    menu = visitor.at.selectbox(key="objective")
    assert menu.options == [OBJECTIVES[name].label for name in ("logit", "against", "features")]
    assert "class" not in [box.key for box in visitor.at.selectbox]
    assert len(visitor.maps) == 3
    assert all(shown.values is not None for shown in visitor.maps)


def test_its_bar_and_its_place_in_the_bar_above_say_the_score(one: None) -> None:
    visitor = Visitor(FAST_LINK).wait()
    (bar,) = visitor.bars
    assert bar["name"] == "rust"
    assert bar["text"] == f"score {score(18)} explained"
    assert bar["share"] == pytest.approx(float(score(18)), abs=0.005)
    told = " ".join(node.value for node in visitor.at.main.markdown)
    assert f"**rust**, score {score(18)}" in told


@pytest.mark.parametrize("question", ["contrast", "clrp", "sglrp"])
def test_a_link_that_compares_classes_is_answered_by_the_logit_and_told(one: None, question: str) -> None:
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES[question].label}).wait()
    assert visitor.value("objective") == "logit"
    (note,) = visitor.at.info
    assert OBJECTIVES["logit"].label in note.value.replace("\\", "")


@pytest.mark.parametrize("page", ["epsilon", "gamma", "layers", "depths", "faithfulness"])
def test_the_other_pages_answer_too(one: None, page: str) -> None:
    visitor = Visitor(FAST_LINK).wait()
    visitor.at.switch_page(f"pages/{page}.py")
    visitor.run().wait()
    assert "100%" not in visitor.words
    assert "100.0%" not in visitor.words
    assert not visitor.sentences
