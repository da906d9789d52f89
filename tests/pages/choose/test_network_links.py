"""Links to a network that is not published: the page asks for its file and keeps the rest."""

import hashlib

import pytest

import lrp
from tests.pages.choose.network_kit import NETWORK, checkpoint, sent, warnings_of
from tests.pages.helpers import FAST_LINK
from tests.visitor import Visitor


def test_a_link_to_a_network_asks_for_its_file_and_keeps_the_rest(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"network": "best.pth", "objective": lrp.Contrast.label})
    assert visitor.headline == "## Bring the network of this link"
    (asked,) = (info.value for info in visitor.at.info)
    assert "**best.pth**" in asked.replace("\\", "")
    assert "canvas" not in [each.proto.component_name for each in visitor.at.get("bidi_component")]
    sent(visitor, checkpoint())
    assert "does not say what was in it" in warnings_of(visitor.at)
    visitor.press("Use this network").wait()
    assert visitor.headline.startswith("## best (ResNet-18) sees")
    assert visitor.at.query_params["network_files"] == hashlib.sha256(checkpoint()).hexdigest()[:12]
    assert visitor.value("objective") == "contrast"
    assert visitor.at.query_params["network"] == "best.pth"
    assert not visitor.at.info


def test_another_file_of_the_same_name_is_said_to_be_another(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"network": "best.pth", "network_files": hashlib.sha256(checkpoint()).hexdigest()[:12]})
    other = checkpoint({"state_dict": NETWORK.state_dict(), "epoch": 3})
    assert "another file than the one that the link was made with" in warnings_of(sent(visitor, other).at)
    assert not warnings_of(sent(visitor, checkpoint()).at)


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
