"""Networks of labels and of predicted values on the pages: told, asked and measured as what they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import lrp
from lrp.heads import value_text
from lrp.walk.objectives import OBJECTIVES
from tests.checkpoints import write
from tests.networks import SLIM, random_resnet
from tests.pages.helpers import FAST_LINK, logits_of, photo
from tests.small import Reader, bundled
from tests.visitor import Visitor

NAMES = ["rust", "dent", "crack"]
VIEW = {"size": 32, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "categories": NAMES}
BIASES = {18: [2.0, 1.0, -3.0], 34: [-2.0, -1.0, -3.0]}  # two labels are there, and none
OTHER_PAGES = ["epsilon", "layers", "depths", "faithfulness"]


def networks(head: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Networks of that kind are the bundled ones."""
    for depth, bias in BIASES.items():
        state = random_resnet(depth, SLIM, 3, torch.float32).state_dict()
        state["fc.bias"][:] = torch.tensor(bias)
        write(folder / f"resnet{depth}.safetensors", depth, state, metadata=VIEW | {"head": head})
    yield from bundled(monkeypatch, folder, *BIASES)


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from networks("sigmoid", tmp_path, monkeypatch)


@pytest.fixture
def values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from networks("regression", tmp_path, monkeypatch)


def predicted(depth: int) -> dict[str, float]:
    """What the network says of the first picture, by name."""
    backbone = lrp.load_backbone(depth)
    return dict(zip(NAMES, backbone.kind.predictions(logits_of(photo(), backbone)).tolist(), strict=True))


@pytest.mark.usefixtures("labels")
def test_the_headline_says_which_labels_are_there() -> None:
    said, scores = Visitor(FAST_LINK).wait().headline, predicted(18)
    there = sorted((name for name in NAMES if scores[name] >= 0.5), key=scores.__getitem__, reverse=True)
    assert len(there) == 2
    assert " and ".join(f"**{name}** ({scores[name]:.2f})" for name in there) in said
    assert "%" not in said
    none = Visitor(FAST_LINK | {"depth": "34"}).wait().headline
    nearest = max(NAMES, key=predicted(34).__getitem__)
    assert f"says yes to none of 3 labels; nearest is **{nearest}** with a score of **{predicted(34)[nearest]:.2f}**" in none


@pytest.mark.usefixtures("labels")
def test_labels_are_chosen_and_their_bars_reach_as_far_as_their_scores() -> None:
    visitor, scores = Visitor(FAST_LINK).wait(), predicted(18)
    assert [bar["name"] for bar in visitor.bars] == sorted(NAMES, key=scores.__getitem__, reverse=True)
    for bar in visitor.bars:
        assert bar["share"] == pytest.approx(scores[bar["name"]], abs=1e-6)
        assert bar["text"].startswith(f"score {scores[bar['name']]:.2f}")
    assert visitor.at.selectbox(key="class").label == "Explained label"
    menu = visitor.at.selectbox(key="objective")
    assert menu.options == [OBJECTIVES[name].label for name in ("logit", "against", "features")]
    assert "above 0 the network says yes to a label" in visitor.words


@pytest.mark.usefixtures("labels")
def test_what_speaks_against_a_label_is_one_of_the_questions() -> None:
    visitor = Visitor(FAST_LINK | {"objective": OBJECTIVES["against"].label, "class": "crack"}).wait()
    assert visitor.value("objective") == "against"
    assert "pixels speak against **crack**" in visitor.words
    assert "the negative logit" in visitor.words
    assert len(visitor.maps) == 3
    assert all(shown.values is not None for shown in visitor.maps)


@pytest.mark.usefixtures("values")
def test_predicted_values_are_told_with_their_names() -> None:
    visitor, found = Visitor(FAST_LINK).wait(), predicted(18)
    told = [f"**{value_text(value)}** for **{name}**" for name, value in found.items()]
    assert f"predicts {told[0]}, {told[1]} and {told[2]}." in visitor.headline
    assert "%" not in visitor.headline
    assert [bar["name"] for bar in visitor.bars] == NAMES
    for bar in visitor.bars:
        assert bar["share"] == pytest.approx(abs(found[bar["name"]]), rel=1e-5)
        assert bar["text"].startswith(value_text(found[bar["name"]]))
    assert "Red pixels speak for a higher **rust**, blue pixels for a lower one" in visitor.words
    assert "share out among the pixels is the predicted value" in visitor.words
    assert "**logits**" not in visitor.words
    assert "the logit" not in visitor.words


@pytest.mark.usefixtures("values")
def test_a_value_is_chosen_and_no_other_question_than_why() -> None:
    visitor = Visitor(FAST_LINK | {"class": "crack"}).wait()
    box = visitor.at.selectbox(key="class")
    assert (box.label, box.options) == ("Explained value", NAMES)
    assert visitor.at.selectbox(key="objective").options == [OBJECTIVES[name].label for name in ("value", "features")]
    assert "for a higher **crack**" in visitor.words


@pytest.mark.usefixtures("values")
def test_who_comes_from_a_network_of_classes_gets_the_first_value() -> None:
    visitor = Visitor(FAST_LINK | {"class": "the predicted class", "objective": OBJECTIVES["contrast"].label}).wait()
    assert "for a higher **rust**" in visitor.words
    assert not visitor.at.exception


@pytest.mark.parametrize("page", OTHER_PAGES)
@pytest.mark.parametrize("kind", ["labels", "values"])
def test_the_other_pages_answer_too(request: pytest.FixtureRequest, kind: str, page: str) -> None:
    request.getfixturevalue(kind)
    visitor = Visitor(FAST_LINK).wait()
    visitor.at.switch_page(f"pages/{page}.py")
    visitor.run().wait()
    assert not visitor.at.exception
    assert not visitor.sentences
    for wrong in ("probability of the class", "how likely the class", "Probability"):
        assert wrong not in visitor.words, wrong
    if kind == "values":
        assert "the logit" not in visitor.words


@pytest.mark.parametrize(("kind", "meaning", "other"), [
    ("labels", "labels, each of which is there or not", "label"), ("values", "predicted values", "value"),
])  # fmt: skip
def test_the_closer_looks_ask_what_such_outputs_can_be_asked(
    request: pytest.FixtureRequest, kind: str, meaning: str, other: str
) -> None:
    request.getfixturevalue(kind)
    reader = Reader("faithfulness", {"t_steps": "5", "maps": "ab"}).settle()
    assert f"and this network has {meaning}. Draw a box above instead." in reader.words
    assert not [label for label in reader.buttons if label.startswith("Play it with")]
    reader.press("Redraw").settle()
    assert f"**And the {other}?** A map that explains a {other} must change with it" in reader.words


def test_one_output_has_no_other_to_be_compared_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = random_resnet(18, SLIM, 1, torch.float32).state_dict()
    write(tmp_path / "resnet18.safetensors", 18, state, metadata=VIEW | {"categories": ["rust"]})
    whole = bundled(monkeypatch, tmp_path, 18)
    next(whole)
    reader = Reader("faithfulness", {"t_steps": "5", "maps": "ab"}).settle().press("Redraw").settle()
    assert "The maps themselves" in reader.words
    assert "And the label?" not in reader.words
    assert not reader.sentences
    list(whole)
