"""What is kept, and what a question is known by."""

import io
import re
from dataclasses import Field, fields, replace
from typing import Any

import pytest
import torch
from PIL import Image

import lrp
from lrp.display import html_parts
from lrp.models.backbone import Backbone
from pages.parts.choose import pictures
from pages.parts.choose.picture_sources import from_bytes
from pages.parts.choose.samples import SAMPLES
from pages.parts.choose.setting_controls import log_stops
from pages.parts.frame.album import Picture
from pages.parts.work.cache import Store
from pages.parts.work.question import Question
from tests.networks import random_resnet


def test_a_store_keeps_so_many_and_the_oldest_leaves() -> None:
    store = Store(3)
    for number in range(5):
        assert store.put(number, str(number)) == str(number)
    assert store.keys() == {2, 3, 4}
    assert [store.get(number) for number in range(5)] == [None, None, "2", "3", "4"]
    store.put(2, "new")
    store.put(5, "5")
    assert store.keys() == {2, 4, 5}  # what was put again is not the oldest
    assert store.get(2) == "new"


def test_a_store_makes_a_thing_once() -> None:
    store, made = Store(2), []
    for _ in range(3):
        assert store.get_or_make("a", lambda: made.append(1) or "thing") == "thing"
    assert made == [1]
    store.drop("a")
    store.drop("never there")
    assert store.get_or_make("a", lambda: "another") == "another"


def test_what_could_not_be_made_is_not_kept() -> None:
    store = Store(2)
    with pytest.raises(ZeroDivisionError):
        store.get_or_make("a", lambda: 1 / 0)
    assert store.keys() == set()


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    model, numbers = random_resnet(dtype=torch.float32), torch.zeros(1, 3, 1, 1)
    return Backbone(18, "demo", model, lrp.canonize(model), tuple("abcdefg"), 64, 0, numbers, numbers + 1, "first digest")


PICTURE = Picture("key", Image.new("RGB", (4, 4)), "picture", False)


def scalars(key: Any) -> bool:
    return all(map(scalars, key)) if isinstance(key, tuple) else isinstance(key, str | int | float | bool | None)


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_two_questions_are_the_same_only_if_all_of_them_is(backbone: Backbone, method: type[Any]) -> None:
    question = Question(PICTURE, backbone, lrp.Logit(2), method())
    others = [
        replace(question, picture=replace(PICTURE, key="other")),
        replace(question, backbone=replace(backbone, sha256="second digest")),
        replace(question, objective=lrp.Logit(3)),
        replace(question, objective=lrp.Contrast(2, 3)),
        replace(question, objective=lrp.SGLRP(2)),
        *(replace(question, method=another()) for another in lrp.METHODS.values() if another is not method),
        *(replace(question, method=replace(method(), **{each.name: other(each)})) for each in fields(method) if not is_set(each)),
    ]
    keys = [question.key, *(another.key for another in others)]
    assert len(set(keys)) == len(keys)
    assert replace(question, method=method()).key == question.key
    assert replace(question, picture=replace(PICTURE, name="called otherwise")).key == question.key
    assert all(map(scalars, keys))  # never an array or a picture, which Streamlit was seen to take for one another


def other(field: Field[Any]) -> Any:
    if isinstance(field.default, bool):
        return not field.default
    return next(value for value in field.metadata["options"] or log_stops(field) if value != field.default)


def file_of(picture: Image.Image, kind: str, **extra: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **extra)
    return buffer.getvalue()


def test_a_picture_is_known_by_all_of_its_bytes_and_not_by_its_name() -> None:
    one = Image.new("RGB", (1200, 900), "grey")
    two = one.copy()
    two.putpixel((600, 450), (129, 128, 128))
    first, second = from_bytes(file_of(one, "BMP"), "a.bmp"), from_bytes(file_of(two, "BMP"), "a.bmp")
    assert first.key != second.key
    assert first.key == from_bytes(file_of(one, "BMP"), "b.bmp").key
    assert not first.shared
    assert re.fullmatch(r"[0-9a-f]{64}", first.key)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_photo_that_every_visitor_may_share(name: str) -> None:
    found = pictures.sample(name)
    assert found.shared
    assert (found.name, found.image.mode) == (name, "RGB")
    assert min(found.image.size) >= 224
    assert found.key != found.name
    assert len({pictures.sample(each).key for each in SAMPLES}) == len(SAMPLES)


def test_nothing_of_a_file_but_its_picture_is_kept() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "SecretComment")
    kept = from_bytes(file_of(Image.new("RGB", (40, 30)), "PNG", pnginfo=info), "a.png")
    assert b"Secret" not in html_parts.png_bytes(kept.image)


def is_set(field: Field[Any]) -> bool:
    """Whether a setting holds pictures, whose keys have tests of their own."""
    return bool(field.metadata["pictures"])
