"""Networks that are not published: those in the operator's folder, and the one that a visitor brings."""

import io
import json
import shutil
import threading
from concurrent import futures
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

import lrp
from lrp.models.class_names import placeholders
from pages.parts.choose import brought_network, network_reading
from pages.parts.choose.brought_network import BROUGHT, BroughtNetwork, read_brought, use_brought
from pages.parts.choose.network_reading import CANCELLED, READING
from pages.parts.work.network_key import is_private, network_key
from tests.networks import random_resnet
from tests.pages.helpers import FAST_LINK, assert_shows, expected, photo
from tests.small import write_small
from tests.visitor import Visitor

METHODS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.IntegratedGradients())
NETWORK = random_resnet(18, (8, 8, 16, 16), 3, torch.float32)


def checkpoint(contents: object = None) -> bytes:
    file = io.BytesIO()
    torch.save({"state_dict": NETWORK.state_dict()} if contents is None else contents, file)
    return file.getvalue()


@pytest.fixture
def pets(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with one network."""
    monkeypatch.setenv("LRP_NETWORKS", str(tmp_path / "networks"))
    (tmp_path / "networks").mkdir()
    write_small(tmp_path / "networks", 34).rename(tmp_path / "networks" / "pets.safetensors")
    return tmp_path / "networks"


def warnings_of(at: AppTest) -> str:
    return "\n".join(each.value for each in at.warning)


# In the operator's folder


def test_a_network_of_the_folder_is_chosen_by_its_name_and_in_the_link(pets: Path) -> None:
    visitor = Visitor({"network": "pets.safetensors"}).wait()
    network = lrp.load_network(pets / "pets.safetensors")
    assert visitor.headline.startswith("## pets (ResNet-34) sees")
    assert len(visitor.maps) == len(METHODS)
    for shown, method in zip(visitor.maps, METHODS, strict=True):
        assert_shows(shown, expected(photo("Cat"), network, method))
    assert visitor.at.query_params["network"] == "pets.safetensors"
    visitor.put(network="none").wait()
    assert visitor.headline.startswith("## ResNet-18 sees")


def test_a_file_that_is_no_network_is_not_offered(pets: Path) -> None:
    (pets / "broken.safetensors").write_bytes(b"no network")
    assert list(Visitor().at.selectbox(key="network").options) == ["none: the one chosen above", "pets.safetensors"]


def test_a_network_that_has_changed_is_read_again(pets: Path) -> None:
    visitor = Visitor({"network": "pets.safetensors"}).wait()
    shutil.copy(write_small(pets.parent, 50), pets / "pets.safetensors")
    assert visitor.run().wait().headline.startswith("## pets (ResNet-50) sees")


def test_a_network_that_is_there_no_longer_gives_way_to_the_published_one(pets: Path) -> None:
    visitor = Visitor({"network": "pets.safetensors"}).wait()
    (pets / "pets.safetensors").unlink()
    assert visitor.run().wait().headline.startswith("## ResNet-18 sees")


def test_depths_compares_an_own_network_with_another_one(pets: Path) -> None:
    visitor = Visitor({"network": "pets.safetensors", "class": "elk"}).wait()
    visitor.at.switch_page("pages/depths.py")
    visitor.run()
    visitor.put(against="ResNet-18 (demo)").wait()
    assert visitor.headline == "## Does another network look at the same things?"
    own = lrp.load_network(pets / "pets.safetensors")
    for name, network in (("pets (ResNet-34)", own), ("ResNet-18 (demo)", lrp.load_backbone())):
        found = lrp.explain(network, network.preprocess(photo("Cat")), network.categories.index("elk"), lrp.EpsilonPlusFlat())
        assert f"**{name}**" in visitor.words
        assert f"sums to {float(found.total):z.2f} of {float(found.explained):z.2f}" in visitor.words
    assert "between two networks" in visitor.words
    visitor.put(against="ResNet-34 (demo)").wait()
    assert "**ResNet-34 (demo)**" in visitor.words


def test_a_folder_of_the_layout_of_timm_is_offered_and_a_checkpoint_is_named_with_its_command(pets: Path) -> None:
    (pets / "beagle.a1_in1k").mkdir()
    save_file(NETWORK.state_dict(), pets / "beagle.a1_in1k" / "model.safetensors")
    config = {"architecture": "resnet18", "label_names": ["x", "y", "z"], "pretrained_cfg": {"input_size": [3, 48, 48]}}
    (pets / "beagle.a1_in1k" / "config.json").write_text(json.dumps(config))
    (pets / "best.pth").write_bytes(checkpoint())
    visitor = Visitor(FAST_LINK | {"network": "beagle.a1_in1k"}).wait()
    assert list(visitor.at.selectbox(key="network").options)[1:] == ["beagle.a1_in1k", "pets.safetensors"]
    assert visitor.headline.startswith("## beagle.a1_in1k (ResNet-18) sees")
    told = next(each.value for each in visitor.at.sidebar.caption if "to be added first" in each.value)
    assert "best.pth" in told.replace("\\", "")
    assert "`python -m lrp networks add" in told


def test_without_a_folder_there_is_no_menu(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LRP_NETWORKS", raising=False)
    assert "network" not in [box.key for box in Visitor().at.selectbox]


# Brought by a visitor


def test_a_checkpoint_becomes_a_network_of_this_visit_alone() -> None:
    found = read_brought(checkpoint(), "best.pth", {"size": 32, "resize": 32}, ("names.txt", b"dog\ncat\n*elk*\n"))
    picture = photo("Cat")
    assert (found.name, found.backbone.name) == ("best.pth", "best (ResNet-18)")
    assert found.backbone.categories == ("dog", "cat", "∗elk∗")  # which Markdown does not read
    with torch.no_grad():
        expected_logits = NETWORK.eval()(found.backbone.preprocess(picture))
    torch.testing.assert_close(found.backbone.network(found.backbone.preprocess(picture)), expected_logits, rtol=1e-4, atol=1e-4)
    assert is_private(found.backbone)


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
        (checkpoint(), {}, ("names.txt", b"dog\ncat\n"), "a name for each of the 3 classes, got 2"),
        (checkpoint(), {}, ("names.json", b"\xff\xfe"), "cannot be read as text"),
    ],
)
def test_what_cannot_be_used_costs_one_sentence(data: bytes, given: dict[str, object], names: object, why: str) -> None:
    with pytest.raises((lrp.WeightsError, ValueError), match=why) as caught:
        read_brought(data, "best.pth", given, names)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_networks_of_all_visitors_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_brought(checkpoint(), "first.pth", {}, None)
    monkeypatch.setattr(brought_network, "MAX_NETWORK_BYTES", first.size + 1)
    with pytest.raises(lrp.WeightsError, match="Other visitors have brought large networks"):
        read_brought(checkpoint(), "second.pth", {}, None)
    monkeypatch.setattr(brought_network, "MAX_NETWORK_BYTES", 2 * first.size + 1)
    assert read_brought(checkpoint(), "second.pth", {}, None).size == first.size


def test_a_network_that_takes_long_costs_its_sender_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought_network, "MAX_MULTIPLICATIONS", 1e6)
    with pytest.raises(lrp.WeightsError, match="give a smaller size") as caught:
        read_brought(checkpoint(), "best.pth", {"size": 1024}, None)
    assert "\n" not in str(caught.value)


def test_a_file_above_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought_network, "MAX_UPLOAD", 1000)
    with pytest.raises(lrp.WeightsError, match="A checkpoint may have"):
        read_brought(checkpoint(), "best.pth", {}, None)


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


def sent(visitor: Visitor, data: bytes, name: str = "best.pth") -> Visitor:
    """Sends a checkpoint with the form, and waits until it has been read."""
    visitor.at.file_uploader(key="checkpoint").set_value((name, data, "application/octet-stream"))
    next(button for button in visitor.at.get("button") if button.label == "Read the network").click()
    visitor.run()
    if READING.key in visitor.at.session_state:
        visitor.at.session_state[READING.key].future.exception(60)
        visitor.run()
    return visitor


def test_a_reading_can_be_cancelled(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    def endless(*_: object) -> object:
        while not waiting.wait(0.01):
            _[-1](1, 10)  # type: ignore[operator]
        raise AssertionError("it was not cancelled")

    monkeypatch.setattr(network_reading, "read_brought", endless)
    monkeypatch.setattr(network_reading, "PATIENCE", 0.1)
    visitor = Visitor().wait().press("Bring your own network")
    visitor.at.file_uploader(key="checkpoint").set_value(("best.pth", b"any", "application/octet-stream"))
    next(button for button in visitor.at.get("button") if button.label == "Read the network").click()
    visitor.run()
    assert any(text == "Reading the network" for _, text in visitor.progress)
    job = visitor.at.session_state[READING.key]
    visitor.press("Cancel")
    assert CANCELLED in warnings_of(visitor.at)
    with pytest.raises(futures.CancelledError):
        job.future.result(30)
    assert READING.key not in visitor.at.session_state


def test_two_networks_of_a_visit_stand_side_by_side(small: None) -> None:
    visitor = Visitor(FAST_LINK).wait()
    trained = {key: 0.9 * value for key, value in NETWORK.state_dict().items()}
    for name, data in (("before.pth", checkpoint()), ("after.pth", checkpoint(trained))):
        sent(visitor.press("Bring your own network"), data, name).press("Use this network").wait()
    assert list(visitor.at.selectbox(key="network").options)[1:] == ["before.pth", "after.pth"]
    visitor.put(b_network="before.pth").wait()
    assert visitor.titles[:2] == [
        f"{lrp.UniformEpsilon.label}, after (ResNet-18)", f"{lrp.EpsilonPlusFlat.label}, before (ResNet-18)",
    ]  # fmt: skip


def test_the_oldest_of_a_visit_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, BroughtNetwork] = {}
    monkeypatch.setattr(BROUGHT, "get", lambda: kept)
    for number in range(brought_network.MAX_BROUGHT + 1):
        use_brought(read_brought(checkpoint(), f"{number}.pth", {"size": 32}, None))
    assert list(kept) == ["1.pth", "2.pth", "3.pth"]


# In a link


def test_a_link_to_a_network_asks_for_its_file_and_keeps_the_rest(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"network": "best.pth", "objective": lrp.Contrast.label})
    assert visitor.headline == "## Bring the network of this link"
    (asked,) = (info.value for info in visitor.at.info)
    assert "**best.pth**" in asked.replace("\\", "")
    assert "canvas" not in [each.proto.component_name for each in visitor.at.get("bidi_component")]
    sent(visitor, checkpoint()).press("Use this network").wait()
    assert visitor.headline.startswith("## best (ResNet-18) sees")
    assert visitor.value("objective") == "contrast"
    assert visitor.at.query_params["network"] == "best.pth"
    assert not visitor.at.info


def test_one_can_go_on_without_the_network_of_a_link(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"network": "best.pth"}).press("Go on without it").wait()
    assert visitor.headline.startswith("## ResNet-18 sees")


def test_a_network_of_a_linked_map_is_asked_for_and_then_shown(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"b_network": "best.pth"}).wait()
    (asked,) = (info.value for info in visitor.at.info)
    assert "**best.pth**" in asked.replace("\\", "")
    assert len(visitor.maps) == 3
    sent(visitor.press("Bring that network"), checkpoint()).press("Use this network").wait()
    assert visitor.value("b_network") == "best.pth"
    assert not visitor.at.info


def test_where_nothing_can_be_brought_the_page_says_that_the_link_cannot_be_followed(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_NETWORK_UPLOADS", "0")
    visitor = Visitor(FAST_LINK | {"network": "best.pth"}).wait()
    assert visitor.headline.startswith("## ResNet-18 sees")
    assert "as your network" in visitor.at.info[0].value


# The form


def test_the_form_shows_the_report_and_the_prediction_and_takes_the_network(small: None) -> None:
    visitor = Visitor().wait().press("Bring your own network")
    visitor.at.file_uploader(key="class names").set_value(("names.txt", b"dog\ncat\nelk\n", "text/plain"))
    visitor.at.number_input(key="network size").set_value(32)
    sent(visitor, checkpoint())
    told = "\n".join(node.value for node in visitor.at.markdown)
    assert "ResNet\\-18" in told or "ResNet-18" in told
    assert "For the picture on show: best (ResNet-18) sees" in told
    visitor.press("Use this network").wait()
    assert visitor.headline.startswith("## best (ResNet-18) sees")
    network = read_brought(checkpoint(), "best.pth", {"size": 32}, ("names.txt", b"dog\ncat\nelk\n")).backbone
    for shown, method in zip(visitor.maps, METHODS, strict=True):
        assert_shows(shown, expected(photo("Cat"), network, method))


def test_a_bad_file_leaves_the_page_as_it_was(small: None) -> None:
    visitor = Visitor().wait()
    headline = visitor.headline
    visitor.press("Bring your own network")
    sent(visitor, b"nothing")
    assert "cannot be used" in warnings_of(visitor.at)
    assert visitor.headline == headline


def test_where_the_operator_does_not_allow_it_nothing_can_be_brought(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRP_NETWORK_UPLOADS", "0")
    assert "Bring your own network" not in Visitor().buttons


