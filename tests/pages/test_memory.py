"""A page that there is no memory for, wherever on it that shows."""

import pytest

from pages.parts import network, subject
from tests.pages.helpers import out_of_memory
from tests.visitor import Visitor


@pytest.mark.parametrize("page", ["", "pages/epsilon.py", "pages/layers.py"])
def test_a_page_without_memory_is_one_sentence_and_can_be_tried_again(
    small: None, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    visitor = Visitor({"depth": "18"}).wait()
    if page:
        visitor.at.switch_page(page)
    with monkeypatch.context() as patch:
        for module in (network, subject):
            patch.setattr(module, "choose_class", out_of_memory)
        (sentence,) = visitor.run().sentences
        assert "too little memory" in sentence
    visitor.press("Try again")
    assert visitor.sentences == []
    assert "ResNet-18" in visitor.headline


def test_another_failure_is_not_taken_for_too_little_memory(
    small: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("another reason")

    visitor = Visitor()
    monkeypatch.setattr(network, "choose_class", broken)
    visitor.at.run()
    assert len(visitor.at.exception) == 1
    assert "another reason" in caplog.text  # for the log alone; the visitor gets one sentence
    assert visitor.sentences == []
