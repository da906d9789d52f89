"""A page that there is no memory for, wherever on it that shows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lrp
from pages.parts.choose import class_choice, subject
from pages.parts.work import cache as store
from pages.parts.work.cache import TOTAL_BUDGET, Store
from pages.parts.work.memory import retry_after_eviction
from tests.pages.helpers import FAST_LINK, out_of_memory, photo
from tests.visitor import Visitor


@pytest.mark.parametrize("page", ["", "pages/epsilon.py", "pages/layers.py"])
def test_a_page_without_memory_is_one_sentence_and_can_be_tried_again(
    small: None, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    visitor = Visitor({"depth": "18"}).wait()
    if page:
        visitor.at.switch_page(page)
    with monkeypatch.context() as patch:
        for module in (class_choice, subject):
            patch.setattr(module, "choose_class", out_of_memory)
        (sentence,) = visitor.run().sentences
        assert "too little memory" in sentence
    visitor.press("Try again")
    assert visitor.sentences == []
    assert "ResNet-18" in visitor.headline


def test_a_page_is_drawn_once_more_where_that_makes_room(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, tried = Visitor(FAST_LINK).wait(), list[object]()
    kept, choose = Store(1), class_choice.choose_class
    kept.put("large", np.zeros(store.LARGE_BYTES, np.uint8))

    def once_without(*arguments: Any, **settings: Any) -> Any:
        tried.append(arguments)
        return out_of_memory() if len(tried) == 1 else choose(*arguments, **settings)

    for module in (class_choice, subject):
        monkeypatch.setattr(module, "choose_class", once_without)
    assert visitor.run().sentences == []
    assert "ResNet-18" in visitor.headline
    assert len(tried) == 2
    assert kept.get("large") is None


@pytest.mark.parametrize("work", [lrp.trace, lrp.load_backbone, lrp.explain_batch], ids=lambda work: work.__name__)
def test_where_room_can_be_made_the_answer_comes_all_the_same(
    small: None, monkeypatch: pytest.MonkeyPatch, work: Callable[..., Any]
) -> None:
    tried: list[object] = []

    def once_without(*arguments: Any, **settings: Any) -> Any:
        tried.append(arguments)
        return out_of_memory() if len(tried) == 1 else work(*arguments, **settings)

    visitor = Visitor(FAST_LINK).wait()
    before, network = visitor.data, lrp.load_backbone(18)
    trace = lrp.trace(network.network, network.preprocess(photo()))
    monkeypatch.setattr(store, "LARGE_BYTES", store.bytes_of(trace))
    monkeypatch.setattr(lrp, work.__name__, once_without)
    visitor.put(depth="34").wait()
    assert len(tried) > 1
    assert visitor.sentences == []
    assert "ResNet-34" in visitor.headline
    assert visitor.put(depth="18").wait().data == before  # made again


def test_where_nothing_is_kept_no_second_try_is_made() -> None:
    TOTAL_BUDGET.evict_large()
    tried: list[None] = []

    def never() -> None:
        tried.append(None)
        out_of_memory()

    with pytest.raises(MemoryError):
        retry_after_eviction(never)
    assert len(tried) == 1


def test_what_is_large_is_let_go_for_want_of_memory_alone() -> None:
    kept = Store(1)
    kept.put("noise", np.zeros(store.LARGE_BYTES, np.uint8))

    def broken() -> None:
        raise RuntimeError("another reason")

    with pytest.raises(RuntimeError, match="another reason"):
        retry_after_eviction(broken)
    assert kept.get("noise") is not None
    with pytest.raises(MemoryError):
        retry_after_eviction(out_of_memory)
    assert kept.get("noise") is None


def test_another_failure_is_not_taken_for_too_little_memory(
    small: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("another reason")

    visitor = Visitor()
    monkeypatch.setattr(class_choice, "choose_class", broken)
    visitor.at.run()
    assert len(visitor.at.exception) == 1
    assert "another reason" in caplog.text  # for the log alone; the visitor gets one sentence
    assert visitor.sentences == []
