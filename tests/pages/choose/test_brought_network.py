"""The network that a visitor brings: read, bounded, and this visit's alone."""

import weakref
from pathlib import Path

import pytest
import torch

import lrp
from lrp.models.class_names import placeholders
from pages.parts.choose import brought_network
from pages.parts.choose.brought_network import BROUGHT, BroughtNetwork, read_brought, use_brought
from pages.parts.work.network_key import is_private, network_key
from tests.pages.choose.network_kit import NETWORK, checkpoint
from tests.pages.helpers import photo


def test_a_checkpoint_becomes_a_network_of_this_visit_alone() -> None:
    found = read_brought(checkpoint(), "best.pth", {"size": 32, "resize": 32}, ("names.txt", b"dog\ncat\n*elk*\n"))
    picture = photo("Cat")
    assert (found.name, found.backbone.name) == ("best.pth", "best (ResNet-18)")
    assert found.backbone.categories == ("dog", "cat", "∗elk∗")  # which Markdown does not read
    with torch.no_grad():
        expected_logits = NETWORK.eval()(found.backbone.preprocess(picture))
    torch.testing.assert_close(found.backbone.network(found.backbone.preprocess(picture)), expected_logits, rtol=1e-4, atol=1e-4)
    assert is_private(found.backbone)


@pytest.mark.usefixtures("unsandboxed")
def test_the_same_file_with_another_preparation_has_results_of_its_own() -> None:
    first, second = (read_brought(checkpoint(), "best.pth", {"size": size}, None).backbone for size in (32, 64))
    assert first.sha256 == second.sha256
    assert network_key(first) != network_key(second)
    assert first.categories == placeholders(3)


@pytest.mark.parametrize(
    ("data", "given", "names", "why"),
    [
        (b"", {}, None, "cannot be used"),
        (b"PK\x03\x04 no archive", {}, None, "cannot be used"),
        (checkpoint({"weight": torch.zeros(3)}), {}, None, "cannot be used"),
        (checkpoint(), {"mean": "red"}, None, "mean"),
        (checkpoint(), {"std": [0.0, 1.0, 1.0]}, None, "std"),
        (checkpoint(), {}, ("names.txt", b"dog\ncat\n"), r"a name for each of the 3 classes, got 2 in names\.txt"),
        (checkpoint(), {}, ("../best.pth", b"dog\ncat\n"), r"got 2 in best\.pth"),
        (checkpoint(), {}, ("..", b""), "got 0 in names"),
        (checkpoint(), {}, ("names.json", b"\xff\xfe"), "cannot be read as text"),
    ],
)
def test_what_cannot_be_used_costs_one_sentence(data: bytes, given: dict[str, object], names: object, why: str) -> None:
    with pytest.raises((lrp.WeightsError, ValueError), match=why) as caught:
        read_brought(data, "best.pth", given, names)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unsandboxed")
def test_networks_of_all_visitors_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought_network, "_all_brought", weakref.WeakSet())  # without what other tests have brought
    first = read_brought(checkpoint(), "first.pth", {}, None)
    monkeypatch.setattr(brought_network, "MAX_NETWORK_BYTES", first.size + 1)
    with pytest.raises(lrp.WeightsError, match="Other visitors have brought large networks"):
        read_brought(checkpoint(), "second.pth", {}, None)
    monkeypatch.setattr(brought_network, "MAX_NETWORK_BYTES", 2 * first.size + 1)
    assert read_brought(checkpoint(), "second.pth", {}, None).size == first.size


@pytest.mark.usefixtures("unsandboxed")
def test_a_network_that_takes_long_costs_its_sender_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought_network, "MAX_MULTIPLICATIONS", 1e6)
    with pytest.raises(lrp.WeightsError, match="give a smaller size") as caught:
        read_brought(checkpoint(), "best.pth", {"size": 1024}, None)
    assert "\n" not in str(caught.value)


def test_a_file_above_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought_network, "MAX_UPLOAD", 1000)
    with pytest.raises(lrp.WeightsError, match="A checkpoint may have"):
        read_brought(checkpoint(), "best.pth", {}, None)


@pytest.mark.usefixtures("unsandboxed")
def test_a_second_file_of_the_same_name_gets_a_number() -> None:
    found = read_brought(checkpoint(), "best.pth", {}, None, {"best.pth", "best (2).pth"})
    assert (found.name, found.backbone.name) == ("best (3).pth", "best (3) (ResNet-18)")


def test_reading_tells_its_progress_and_ends_where_that_raises(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    told: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        told.append((done, total))
        raise Enough

    data = checkpoint()
    with pytest.raises(Enough):
        read_brought(data, "best.pth", {}, None, (), note)
    ((done, total),) = told
    assert 0 <= done <= total == len(data)


@pytest.mark.usefixtures("unsandboxed")
def test_the_oldest_of_a_visit_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, BroughtNetwork] = {}
    monkeypatch.setattr(BROUGHT, "get", lambda: kept)
    for number in range(brought_network.MAX_BROUGHT + 1):
        use_brought(read_brought(checkpoint(), f"{number}.pth", {"size": 32}, None))
    assert list(kept) == ["1.pth", "2.pth", "3.pth"]
