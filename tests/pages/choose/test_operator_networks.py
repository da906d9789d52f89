"""Networks in the operator's folder: in the menu and the link, and read again once they have changed."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import save_file

import lrp
from pages.parts.frame.file_names import JOINER
from tests.pages.choose.network_kit import METHODS, NETWORK, checkpoint
from tests.pages.helpers import FAST_LINK, assert_shows, expected, photo
from tests.small import write_small
from tests.visitor import Visitor


@pytest.fixture
def pets(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with one network."""
    monkeypatch.setenv("LRP_NETWORKS", str(tmp_path / "networks"))
    (tmp_path / "networks").mkdir()
    write_small(tmp_path / "networks", 34).rename(tmp_path / "networks" / "pets.safetensors")
    return tmp_path / "networks"


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


def test_a_file_that_is_no_network_is_not_offered_and_the_reason_is_said(pets: Path) -> None:
    (pets / "broken.safetensors").write_bytes(b"no network")
    shutil.copy(pets / "pets.safetensors", pets / "pe\x1bts.safetensors")
    (pets / "pets.pth").write_bytes(checkpoint())
    visitor = Visitor()
    offered = ["none: the one chosen above", "pe?ts.safetensors", "pets.safetensors"]
    assert list(visitor.at.selectbox(key="network").options) == offered
    told = [each.value.replace("\\", "").replace(JOINER, "") for each in visitor.at.main.caption]
    assert "broken.safetensors cannot be used: this is no whole .safetensors file; copy it again." in told
    assert not any("to be added first" in each for each in told)


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
    told = next(each.value for each in visitor.at.main.caption if "to be added first" in each.value)
    assert "best.pth" in told.replace("\\", "")
    assert "`python -m lrp networks add" in told


def test_without_a_folder_there_is_no_menu(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LRP_NETWORKS", raising=False)
    assert "network" not in [box.key for box in Visitor().at.selectbox]
