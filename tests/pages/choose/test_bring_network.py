"""The form that brings a network: what it shows, what it refuses, and how reading is cancelled."""

import threading
from concurrent import futures

import pytest

import lrp
from pages.parts.choose import network_reading
from pages.parts.choose.brought_network import read_brought
from pages.parts.choose.network_reading import CANCELLED, READING
from tests.pages.choose.network_kit import METHODS, NETWORK, checkpoint, sent, warnings_of
from tests.pages.helpers import FAST_LINK, assert_shows, expected, photo
from tests.visitor import Visitor


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
    assert visitor.at.query_params["network"] == "best.pth"
    network = read_brought(checkpoint(), "best.pth", {"size": 32}, ("names.txt", b"dog\ncat\nelk\n")).backbone
    for shown, method in zip(visitor.maps, METHODS, strict=True):
        assert_shows(shown, expected(photo("Cat"), network, method))


def test_the_form_takes_what_else_a_file_does_not_say(small: None) -> None:
    visitor = Visitor().wait().press("Bring your own network")
    for key, value in (("network size", 32), ("network width", 48)):
        visitor.at.number_input(key=key).set_value(value)
    for key, value in (("network part", "student"), ("network architecture", "resnet18")):
        visitor.at.text_input(key=key).set_value(value)
    visitor.at.checkbox(key="network squash").set_value(True)
    state = NETWORK.state_dict()
    sent(visitor, checkpoint({"teacher": state, "student": state}))
    told = "\n".join(node.value for node in visitor.at.markdown).replace("\\", "").replace("\u2060", "")
    assert "A picture is scaled to 32 x 48 whatever its sides" in told
    assert "Found under student." in told


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
