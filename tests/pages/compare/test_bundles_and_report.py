"""The bundles of settings, and the report that people download."""

import hashlib
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp.methods import explain
from lrp.network.forward_pass import trace
from pages.parts.canvas.look import Look
from pages.parts.compare.setting_bundles import BUNDLES
from pages.parts.say import number_words
from tests.pages.helpers import DEFAULTS, EPSILON, FAST_LINK, LOOKS, assert_shows, ending, file_of, logits_of, photo, stripes
from tests.small import NAMES
from tests.visitor import Visitor


def test_the_numbers_are_those_of_the_engine_and_the_settings_make_them_again(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    visitor = Visitor({"sample": "Coffee", "class": "elk", EPSILON: "0.5", "depth": "34"}).wait()
    record = json.loads(ending(files, ".json"))
    network = lrp.load_backbone(int(record["network"].rpartition("-")[2]), record["weights"])
    assert record["weights sha256"] == network.sha256
    target = network.categories.index(record["explained class"])
    x = network.preprocess(photo(record["picture"]))
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert json.loads(str(numbers["settings"])) == record
        np.testing.assert_array_equal(numbers["logits"], trace(network, x).logits[0])
        np.testing.assert_array_equal(numbers["picture"], np.asarray(network.as_seen(x)))
        arrays = [numbers[name] for name in numbers.files if name.startswith("relevance")]
    methods = [dict(method) for method in record["methods"]]
    for array, method, shown in zip(arrays, methods, visitor.maps, strict=True):
        again = lrp.METHODS[method.pop("method")](**method)
        np.testing.assert_array_equal(array, explain(network, x, target, again).relevance[0])
        assert_shows(shown, array.sum(0))
    logits = logits_of(photo("Coffee"), network)
    assert record["logit"] == pytest.approx(float(logits[target]), rel=1e-5)
    assert record["probability"] == pytest.approx(float(logits.softmax(0)[target]), rel=1e-5)


def test_the_picture_to_take_away_holds_all_panels_and_its_settings(small: None, files: dict[str, Callable[[], bytes]]) -> None:
    visitor = Visitor({"sign": "Negative", "photo": "0.5"}).wait()
    with Image.open(io.BytesIO(ending(files, ".png"))) as page:
        page.load()
        assert json.loads(page.text["settings"]) == json.loads(ending(files, ".json"))
        assert page.width >= 4 * 320
        assert page.height >= 320
        shown = np.asarray(page.convert("RGB"))
    seen = np.asarray(visitor.seen.convert("RGB").resize((320, 320), Image.Resampling.NEAREST))
    rows, columns = np.nonzero((shown[:-319, :-319] == seen[0, 0]).all(-1))
    assert any(np.array_equal(shown[y : y + 320, x : x + 320], seen) for y, x in zip(rows, columns, strict=True))


def test_every_display_setting_is_written_down(small: None, files: dict[str, Callable[[], bytes]]) -> None:
    visitor = Visitor().wait()
    before = json.loads(ending(files, ".json"))
    for change in LOOKS:
        if "zoom" in change:  # what is taken away shows the whole picture
            continue
        visitor.look(**change)
        after = json.loads(ending(files, ".json"))
        assert after["display"] == {**before["display"], **change}
        assert {**after, "display": None} == {**before, "display": None}
        before = after


def test_what_is_ready_can_be_taken_away_before_the_rest(gate: SimpleNamespace, files: dict[str, Callable[[], bytes]]) -> None:
    Visitor()
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert len([name for name in numbers.files if name.startswith("relevance")]) == 2
    with Image.open(io.BytesIO(ending(files, ".png"))) as page:
        assert page.width >= 3 * 320


def test_nothing_of_an_uploaded_file_but_the_picture_leaves_the_page(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    buffer = io.BytesIO()
    stripes().save(buffer, "JPEG", exif=exif, comment=b"SecretComment")
    visitor = Visitor().upload(buffer.getvalue(), "stripes.jpg", "image/jpeg").wait()
    record = json.loads(ending(files, ".json"))
    assert hashlib.sha256(buffer.getvalue()).hexdigest() in record.values()
    for data in (*(ending(files, end) for end in (".json", ".npz", ".png")), visitor.message, file_of(visitor.seen)):
        assert b"Secret" not in data


@pytest.mark.parametrize("name", BUNDLES)
def test_a_preset_sets_methods_settings_and_display_and_reset_brings_all_back(small: None, name: str) -> None:
    _, settings, look = BUNDLES[name]
    visitor = Visitor({"sign": "negative", "maps": "bcd", "b": lrp.Saliency.label, **FAST_LINK})
    visitor.press(name).wait()
    assert visitor.sentences == []
    assert visitor.header["look"] == asdict(look)
    assert len(visitor.maps) == 3
    for key, value in settings.items():
        assert visitor.value(key) == value
    visitor.press("Reset").wait()
    assert visitor.titles == [method.label for method in DEFAULTS.values()]
    assert visitor.at.session_state["look"] == Look()
    assert visitor.value(EPSILON) == lrp.UniformEpsilon().epsilon


def ticked(visitor: Visitor) -> list[str]:
    return [name for name in BUNDLES if visitor.at.button(key=f"preset {name}").proto.icon]


def test_the_preset_on_show_has_a_tick_until_anything_it_sets_is_changed(small: None) -> None:
    visitor = Visitor(FAST_LINK)
    assert ticked(visitor) == []
    assert ticked(visitor.press("Sharp").wait()) == ["Sharp"]
    assert ticked(visitor.look(clip=95.0)) == []
    assert ticked(visitor.look(clip=97.0)) == ["Sharp"]
    assert ticked(visitor.put({EPSILON: 1.0}).wait()) == []
    assert ticked(visitor.press("Smooth").wait()) == ["Smooth"]


def test_the_report_is_one_file_with_pictures_words_numbers_and_the_way_back(
    small: None, files: dict[str, Callable[[], bytes]]
) -> None:
    link = {"class": "bee", "region": "4,8,20,30", EPSILON: "0.5", "sign": "positive", "photo": "0.3"}
    visitor = Visitor(link).wait()
    text = ending(files, ".html").decode()
    assert not re.search(r"(src|href)=\"(?!data:|\?|http://localhost|http://127)", text)  # nothing is fetched from elsewhere
    assert text.count("data:image/png;base64,") == 4
    record = json.loads(ending(files, ".json"))
    for part in ("bee", record["weights sha256"], f"torch</th><td>{torch.__version__}", "The marked region", "Epsilon = 0.5"):
        assert part in text
    for method in (lrp.UniformEpsilon(0.5), DEFAULTS["b"], DEFAULTS["c"]):
        found = explain(lrp.load_backbone(), lrp.load_backbone().preprocess(photo()), NAMES.index("bee"), method)
        assert f"<b>{number_words.number_text(float(found.total))}</b>" in text
    address = html.unescape(re.findall(r'href="([^"]*)"', text)[-1])
    again = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    assert Visitor(again).wait().data == visitor.data
    assert again.items() >= {"class": "bee", "region": "4,8,20,30", "sign": "positive"}.items()
