"""What a demo network knows about a picture that the visitor brought, and the way to a network that knows more."""

from collections.abc import Iterator, Sequence

import pytest
import torch
from PIL import Image
from skimage import data

from lrp.models import lite_weights
from pages.parts.compare.demo_limits import LITE, agrees, doubt
from pages.parts.work import compute
from tests.pages.helpers import file_of
from tests.visitor import Visitor
from tests.work_queue import finish_queue

LOOK = f"Look with 1,000 classes ({LITE})"
KNOWN = "11 things: cassette player, cat, chain saw, church, English springer, French horn, garbage truck, gas pump, golf ball"


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """Somebody who has opened the page with the bundled networks."""
    compute.forget_shared()
    yield Visitor().wait()
    finish_queue()


def upload(visitor: Visitor, name: str) -> Visitor:
    return visitor.upload(file_of(Image.fromarray(getattr(data, name)())), f"{name}.png").wait()


def doubts(visitor: Visitor) -> str:
    return "\n".join(info.value for info in visitor.at.info)


SHORT = "This is probably none of the 11 things it knows."


def test_the_first_sample_needs_no_warning(visitor: Visitor) -> None:
    assert "This demo network knows" not in visitor.words
    assert LOOK not in visitor.buttons


@pytest.mark.parametrize("sample", ["Dahlia", "Rocket", "Astronaut", "Coffee"])
def test_a_sample_that_the_demo_network_does_not_know_is_not_shown_in_silence(visitor: Visitor, sample: str) -> None:
    visitor.put({"sample": sample}).wait()
    assert "The picture is probably none of them" in doubts(visitor)
    assert SHORT in visitor.words


def test_what_both_networks_see_is_not_doubted(visitor: Visitor) -> None:
    upload(visitor, "chelsea")
    assert f"This demo network knows {KNOWN}" in visitor.words
    assert not doubts(visitor)
    assert LOOK not in visitor.buttons


def test_what_the_demo_network_does_not_know_is_offered_to_one_that_does(visitor: Visitor) -> None:
    said = doubts(upload(visitor, "coffee"))
    assert f"This demo network knows {KNOWN}" in said
    assert "The picture is probably none of them" in said
    assert SHORT in visitor.words
    assert "EfficientNet-Lite0, which knows 1,000 classes, sees **an espresso**" in said
    assert "ResNet-18 with ImageNet weights (47 MB once)" in visitor.buttons
    visitor.press(LOOK).wait()
    assert "EfficientNet-Lite0 sees **an espresso**" in visitor.words
    assert "This demo network knows" not in visitor.words


def test_without_the_other_network_an_unsure_one_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite_weights, "PACKAGE", "no-such-package-here")
    monkeypatch.setattr("pages.parts.compare.demo_limits.SURE", 1.1)  # no network is as sure as that
    assert "It is unsure (" in doubts(upload(visitor, "rocket"))
    assert LOOK not in visitor.buttons


@pytest.mark.parametrize(
    ("guess", "likeliest", "agree"),
    [("cat", "tabby", True), ("cat", "espresso", False), ("church", "church", True), ("church", "missile", False)],
)
def test_a_class_agrees_if_it_is_among_the_five_likeliest(guess: str, likeliest: str, agree: bool) -> None:
    names = [f"another {i}" for i in range(9)] + [likeliest]
    for place in range(6):  # how many others are likelier
        shares = torch.tensor([0.1 if i < place else 0.01 for i in range(9)] + [0.05])
        assert agrees(guess, names, shares) == (agree and place < 5)


@pytest.mark.parametrize(("other", "why"), [(None, "It is unsure (cat 41%)"), ((["robin"], [0.9]), "sees **a robin** (90%)")])
def test_the_doubt_names_its_reason(other: tuple[Sequence[str], list[float]] | None, why: str) -> None:
    given = None if other is None else (other[0], torch.tensor(other[1]))
    assert why in doubt(["cat", "tench"], "cat", 0.41, given)
