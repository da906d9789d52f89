"""What a notebook shows of a result: pictures and maps pixel by pixel, words, and figures with the real values."""

import base64
import io
import pickle
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp.attribution import Attribution
from lrp.display.colours import SCALES, colour_limit, colourise
from lrp.notebook.shown_map import KEPT, MISSED, MOST
from lrp.pictures.picture_files import read
from tests.small import NAMES, write_small
from tests.small import picture_of as cat_of

SCALE = next(iter(SCALES))


class Shown(HTMLParser):
    """The pictures of a piece of HTML with their words, its text, and whatever it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pictures: list[np.ndarray] = []
        self.alts: list[str] = []
        self.labels: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: str(value) for name, value in attributes}
        if tag != "img":
            self.open.append(tag)
        for name in ("src", "href"):
            source = given.get(name, "data:image/png;base64,")
            if not source.startswith("data:image/png;base64,"):
                self.fetched.append(source)
        if tag == "img":
            self.alts.append(given["alt"])
            data = base64.b64decode(given["src"].partition(",")[2])
            self.pictures.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        if given.get("role") == "img":
            self.labels.append(given["aria-label"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> lrp.Backbone:
    path = write_small(tmp_path_factory.mktemp("demo"), 18)
    return replace(lrp.load_backbone(18, path), categories=("<ant>", *NAMES[1:]))


@pytest.fixture(scope="module")
def x(network: lrp.Backbone) -> torch.Tensor:
    return cat_of(network)


def drawn(result: Attribution, i: int = 0) -> np.ndarray:
    values = result.relevance[i].sum(0).numpy()
    return np.asarray(colourise(values, colour_limit([values]), SCALE))


def assert_seen(shown: np.ndarray, network: lrp.Backbone, x: torch.Tensor) -> None:
    np.testing.assert_allclose(shown.astype(int), np.asarray(network.as_seen(x)).astype(int), atol=1)


def test_a_result_shows_the_picture_the_map_its_colours_and_whether_it_adds_up(network: lrp.Backbone, x: torch.Tensor) -> None:
    result = lrp.explain(network, x, 0, lrp.UniformEpsilon(0.0))
    shown = Shown(result._repr_html_())
    assert_seen(shown.pictures[0], network, x)
    np.testing.assert_array_equal(shown.pictures[1], drawn(result))
    assert shown.fetched == []
    assert shown.alts[0] == "The picture as the network saw it."
    assert f"Heatmap. {lrp.UniformEpsilon.label}: " in shown.alts[1]
    (label,) = shown.labels
    assert label.endswith(" logits")
    words = "".join(shown.words)
    mark = KEPT if float(result.gap) <= 0.05 else MISSED
    assert f"{mark} " in words
    assert f"{float(result.total):.2f} of {float(result.explained):.2f}" in words
    assert "Why <ant>?" in words


def test_a_method_that_promises_no_sum_gets_no_mark(network: lrp.Backbone, x: torch.Tensor) -> None:
    for method, objective in ((lrp.Saliency(), lrp.Logit(1)), (lrp.EpsilonPlus(), lrp.CLRP(1))):
        words = "".join(Shown(lrp.explain(network, x, objective, method)._repr_html_()).words)
        assert "promises no sum" in words
        assert not {KEPT, MISSED} & set(words)


def test_of_a_batch_each_map_stands_beside_its_picture_and_the_rest_is_counted(network: lrp.Backbone, x: torch.Tensor) -> None:
    pictures = torch.cat([x, x.flip(-1), x.flip(-2), x.roll(3, -1), x.roll(9, -1)])
    result = lrp.explain(network, pictures, torch.arange(5), lrp.EpsilonPlus())
    shown = Shown(result._repr_html_())
    assert len(shown.pictures) == 2 * MOST
    for i in range(MOST):
        assert_seen(shown.pictures[2 * i], network, pictures[i : i + 1])
        np.testing.assert_array_equal(shown.pictures[2 * i + 1], drawn(result, i))
    assert "And 1 more." in shown.words
    several = Shown(lrp.explain(network, x, torch.arange(3), lrp.EpsilonPlus())._repr_html_())
    assert len(several.pictures) == 1 + 3  # one picture, explained for three classes


def test_what_is_not_known_is_left_out(network: lrp.Backbone, x: torch.Tensor) -> None:
    bare = lrp.explain(lrp.canonize(network.model), x, 2, lrp.EpsilonPlus())
    shown = Shown(bare._repr_html_())
    assert len(shown.pictures) == 1
    assert "Why class 2?" in shown.words
    direct = Shown(replace(bare, explained_input=None)._repr_html_())
    assert "what it explains is" in "".join(direct.words)
    vector = replace(bare, relevance=torch.ones(1, 7))
    assert "Relevance of shape (1, 7)" in vector._repr_html_()
    with pytest.raises(ValueError, match=r"must be of pictures, of shape \(N, C, H, W\), got \(1, 7\)"):
        vector.plot()
    broken = Shown(replace(bare, relevance=torch.full_like(x, float("nan")))._repr_html_())
    assert "values that are no numbers" in "".join(broken.words)
    assert broken.pictures == []


def test_a_result_can_be_stored_with_what_it_shows(network: lrp.Backbone, x: torch.Tensor) -> None:
    result = lrp.explain(network, x, 0, lrp.EpsilonPlus())
    assert pickle.loads(pickle.dumps(result))._repr_html_() == result._repr_html_()
    assert len(pickle.dumps(result)) < 40 * x.nbytes  # and no network


def test_a_figure_has_the_values_themselves(network: lrp.Backbone, x: torch.Tensor) -> None:
    result = lrp.explain(network, x, 0, lrp.EpsilonPlus())
    picture, heatmap = result.plot().data
    assert_seen(np.asarray(picture.z), network, x)
    values = result.relevance[0].sum(0).numpy()
    np.testing.assert_array_equal(np.asarray(heatmap.z), values)
    assert (heatmap.zmin, heatmap.zmax) == (-colour_limit([values]), colour_limit([values]))
    assert "logits" in heatmap.hovertemplate


def test_a_figure_without_plotly_is_one_sentence(
    network: lrp.Backbone, x: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = lrp.explain(network, x, 0, lrp.EpsilonPlus())
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(ModuleNotFoundError, match="a figure needs plotly, which is not installed; pip install plotly"):
        result.plot()


METHODS = (lrp.UniformEpsilon(0.1), lrp.UniformEpsilon(2.0), lrp.Saliency())


def test_methods_are_compared_on_one_picture(network: lrp.Backbone, x: torch.Tensor) -> None:
    compared = lrp.compare(network, x, lrp.Contrast(0, 3), METHODS)
    assert len(compared) == 3
    for found, method in zip(compared, METHODS, strict=True):
        expected = lrp.explain(network, x, lrp.Contrast(0, 3), method)
        assert found.relevance.numpy().tobytes() == expected.relevance.numpy().tobytes()
    assert compared[2].relevance is compared.explanations[2].result.relevance
    shown = Shown(compared._repr_html_())
    assert_seen(shown.pictures[0], network, x)
    for picture, found in zip(shown.pictures[1:], compared, strict=True):
        np.testing.assert_array_equal(picture, drawn(found))
    words = "".join(shown.words)
    assert shown.fetched == []
    assert "Red pixels speak for <ant> rather than dog" in words
    assert f"{network.name}: {network.categories[int(compared.logits.argmax())]} " in words
    kinds = [trace.type for trace in compared.plot().data]
    assert kinds == ["image", "heatmap", "heatmap", "heatmap"]


def test_a_comparison_explains_the_predicted_class_and_takes_pictures(network: lrp.Backbone, x: torch.Tensor) -> None:
    picture = lrp.decode_image(read("sample:Cat"))
    compared = lrp.compare(network, picture, None, METHODS[:1])
    assert compared.objective == lrp.Logit(int(network.network(x)[0].argmax()))
    np.testing.assert_array_equal(compared[0].relevance, lrp.explain(network, x, compared.objective, METHODS[0]).relevance)


@pytest.mark.parametrize(("given", "words"), [
    ({"methods": ()}, "methods must hold at least one"),
    ({"picture": torch.zeros(2, 3, 32, 32)}, "picture must be one, got 2"),
    ({"target": torch.arange(2)}, "target must be one class, got several"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused(network: lrp.Backbone, x: torch.Tensor, given: dict, words: str) -> None:
    asked = {"picture": x, "target": 0, "methods": METHODS, **given}
    with pytest.raises(ValueError, match=words):
        lrp.compare(network, **asked)
