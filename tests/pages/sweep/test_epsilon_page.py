"""The page about epsilon: the maps that it sends are the engine's, and what it says of them is so."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
from PIL import Image

import lrp
from lrp.attribution import sum_channels
from lrp.display.colours import as_int8, colour_limit
from pages.parts.choose.samples import SAMPLES
from pages.parts.frame import viewport
from pages.parts.sweep.sweep import Sweep, nearest_index
from pages.parts.sweep.sweep_words import sweep_figure, sweep_figure_alt, turning_point_sentence, value_sentences
from pages.parts.sweep.swept import EPSILON
from tests.canvas_messages import unpacked
from tests.small import Reader, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")


def message(reader: Reader) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """What the strip is sent: the header, the maps (steps or one more, H, W) and the picture (H, W, 3)."""
    (data,) = (c.proto.bytes for c in reader.at.get("bidi_component") if c.proto.component_name == "strip")
    header, arrays = unpacked(data)
    side = header["width"]
    return header, arrays["maps"].reshape(-1, side, side), arrays["picture"].reshape(side, side, 3)


def engine(method: Any, sample: str = "Cat") -> tuple[np.ndarray, float, float]:
    """The map that the engine gives for the predicted class, its sum, and the logit."""
    backbone = lrp.load_backbone(18)
    x = backbone.preprocess(Image.fromarray(SAMPLES[sample]()))
    found = lrp.explain(backbone, x, int(backbone.network(x)[0].argmax()), method)
    return sum_channels(found.relevance), float(found.total), float(found.explained)


def test_the_first_sight_is_the_map_of_every_epsilon_and_a_map_beside_it() -> None:
    reader = Reader("epsilon")
    header, numbers, picture = message(reader)
    assert header["titles"][:4] == ["0", "1e-09", "1e-08", "1e-07"]
    assert header["titles"][-2:] == ["10", lrp.EpsilonPlusFlat.label]
    assert (header["steps"], len(numbers)) == (len(EPSILON.values), len(EPSILON.values) + 1)
    for i in (0, 8, 15, len(EPSILON.values) - 1):
        values = engine(lrp.UniformEpsilon(EPSILON.values[i]))[0]
        assert np.abs(numbers[i].astype(int) - as_int8(values, colour_limit([values]))).max() <= 1
    assert picture.std() > 10
    assert header["at"] == EPSILON.values.index(0.25)
    assert len(header["colours"]) == 255
    assert header["colours"][127] == [255, 255, 255, 255]
    assert reader.sentences == []


def test_what_is_said_of_each_epsilon_is_what_scipy_counts() -> None:
    reader = Reader("epsilon")
    header = message(reader)[0]
    gradient, beside = engine(lrp.InputXGradient())[0], engine(lrp.EpsilonPlusFlat())[0]
    for i in (0, 12, 17):
        values, total, logit = engine(lrp.UniformEpsilon(EPSILON.values[i]))
        first, second = (scipy.stats.spearmanr(values.ravel(), other.ravel()).statistic for other in (gradient, beside))
        assert f"Input × Gradient {first:z.2f}, with {lrp.EpsilonPlusFlat.label} {second:z.2f}" in header["sentences"][i]
        assert f"Sums to {total:z.2f} of {logit:z.2f} logits" in header["sentences"][i]
    assert "Input × Gradient 1.00" in header["sentences"][0]
    marked = header["mark"]
    assert f"ε = {header['titles'][marked]}**" in reader.words
    agreement = reader.chart_of()["data"][0]["y"]
    assert agreement[marked] < 0.9 <= min(agreement[:marked])


def test_all_maps_come_from_one_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    traced: list[Any] = []
    plain = lrp.trace
    monkeypatch.setattr(lrp, "trace", lambda *given: traced.append(given) or plain(*given))
    Reader("epsilon", {"sample": "Dahlia"})
    assert len(traced) == 2  # one of this picture, and one of the guide's, where a reader begins


def test_relative_epsilon_and_the_split_of_residuals_reach_the_engine() -> None:
    reader = Reader("epsilon")
    reader.put({"e_uniform-epsilon_relative": True}).wait()
    values = engine(lrp.UniformEpsilon(0.1, relative=True))[0]
    header, numbers, _ = message(reader)
    assert np.abs(numbers[EPSILON.values.index(0.1)].astype(int) - as_int8(values, colour_limit([values]))).max() <= 1
    assert "units" in header["label"]
    reader.put({"e_uniform-epsilon_residual": "absolute"}).wait()
    assert message(reader)[0]["mark"] == 0
    assert "not Input × Gradient even at ε = 0" in reader.words


def test_the_map_beside_may_be_any_method_also_one_that_takes_long() -> None:
    reader = Reader("epsilon", {"r": lrp.IntegratedGradients.label, "r_integrated-gradients_n_steps": "8"})
    header, numbers, _ = message(reader)
    values = engine(lrp.IntegratedGradients(n_steps=8))[0]
    assert header["titles"][-1] == lrp.IntegratedGradients.label
    assert np.abs(numbers[-1].astype(int) - as_int8(values, colour_limit([values]))).max() <= 1


@pytest.mark.parametrize(("link", "at"), [("1", 1.0), ("1e-09", 1e-9), ("nonsense", 0.25), ("0", 0.0)])
def test_the_link_says_which_epsilon_is_shown(link: str, at: float) -> None:
    assert message(Reader("epsilon", {"epsilon": link, "sample": "Temple"}))[0]["at"] == EPSILON.values.index(at)


def test_the_epsilon_of_the_comparison_is_the_first_one_shown() -> None:
    assert nearest_index(0.3, EPSILON.values) == EPSILON.values.index(0.25)
    assert nearest_index(0.0, EPSILON.values) == 0
    assert nearest_index(4e-6, EPSILON.values) == EPSILON.values.index(1e-5)
    reader = Reader("compare")
    reader.put({"a_uniform-epsilon_epsilon": 2.5})
    assert message(reader.go("epsilon"))[0]["at"] == EPSILON.values.index(2.5)


def test_what_was_chosen_is_there_on_every_other_page() -> None:
    reader = Reader("epsilon")
    reader.put({"sample": "Temple", "depth": 34, "class": "dog", "colours": "Purple - white - orange"}).wait()
    for page in ("layers", "depths", "guide", "compare", "epsilon", "layers"):
        reader.go(page)
        if page != "guide":
            assert [reader.value(key) for key in ("sample", "depth", "class")] == ["Temple", "34", "dog"]
    assert reader.value("colours") == "Purple - white - orange"
    assert "purple" in reader.words


def test_on_a_narrow_window_the_charts_stand_below_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Reader("epsilon").chart_of()["layout"]
    monkeypatch.setattr(viewport, "is_narrow", lambda: True)
    narrow = Reader("epsilon").chart_of()["layout"]
    assert wide["xaxis2"]["domain"][0] > wide["xaxis"]["domain"][1]
    assert narrow["yaxis2"]["domain"][1] < narrow["yaxis"]["domain"][0]


def test_on_a_narrow_window_the_maps_come_before_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewport, "is_narrow", lambda: True)
    words = Reader("epsilon").words
    lead, map_words, settings, details = map(
        words.index, ("Epsilon decides", "stops being Input × Gradient", "at every epsilon", "look for what stays")
    )
    assert lead < map_words < settings < details


def test_every_control_has_help_and_every_chart_is_told() -> None:
    reader = Reader("epsilon")
    for control in (*reader.at.main.selectbox, *reader.at.main.toggle):
        assert control.help, control.label
    assert "goes from 1.00 to" in reader.at.get("plotly_chart")[0].proto.alt


@pytest.mark.parametrize(
    ("agreement", "mark", "words"),
    [
        ([1, 0.95, 0.89, 0.95], 2, "ε = 1e-08"), ([1, 0.9, 0.95, 1], None, "never stops"), ([0.5, 0.9, 1, 1], 0, "even at ε = 0"),
        ([1, 0.95, np.nan, 0.95], 2, "a map that is the same everywhere"), ([np.nan, 1, 1, 1], 0, "cannot be compared"),
    ],
)  # fmt: skip
def test_the_mark_is_the_first_epsilon_below_the_criterion(agreement: list[float], mark: int | None, words: str) -> None:
    agreement = agreement + [agreement[-1]] * (len(EPSILON.values) - len(agreement))
    zeros = [0.0] * len(EPSILON.values)
    sweep = Sweep(EPSILON, np.zeros((len(EPSILON.values), 2, 2), np.float32), agreement, agreement, zeros, zeros, 0.0)
    assert sweep.mark == mark
    assert words in turning_point_sentence(sweep)
    said = (*value_sentences(sweep, None, "", "logits"), sweep_figure_alt(sweep, "logits"))
    assert "nan" not in " ".join(said)
    assert len(sweep_figure(sweep, None, "", 3, False).layout.shapes) == 3 * (1 if mark is None else 2)
