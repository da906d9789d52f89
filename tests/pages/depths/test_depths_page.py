"""The page about depths: every network that is there is asked, long work waits for a click, and results appear as they come."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from PIL import Image

import lrp
from lrp.attribution import sum_channels
from lrp.models import loading
from lrp.models.architectures import DEPTHS
from lrp.models.imagenet import downloaded_depths, imagenet_entry, imagenet_size
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.depths.study import DepthFailure, DepthResult, DepthResults, Study
from pages.parts.depths.study_words import (
    correlations_figure,
    correlations_sentence,
    predictions_sentence,
    rank_correlations,
    shared_training_note,
)
from tests.small import DEPTHS as BUNDLED
from tests.small import NAMES, Reader, small, small_folder  # noqa: F401

pytestmark = pytest.mark.usefixtures("small")
IG = lrp.IntegratedGradients
QUICK_IG = {"n_integrated-gradients_n_steps": "8", "n_integrated-gradients_tolerance": "none"}


def engine(depth: int, method: Any, target: str) -> Any:
    """What the engine gives: the logits and the map."""
    backbone = lrp.load_backbone(depth)
    found = lrp.explain(
        backbone, backbone.preprocess(Image.fromarray(SAMPLES["Cat"]())), backbone.categories.index(target), method
    )
    return found.logits[0], sum_channels(found.relevance)


def seen_at(depth: int) -> str:
    logits, _ = engine(depth, lrp.EpsilonPlusFlat(), NAMES[0])
    return NAMES[int(logits.argmax())]


def study(method: Any, depths: tuple[int, ...] = BUNDLED, target: str = "cat", weights: str = "demo") -> Study:
    return Study(sample("Cat"), weights, depths, target, method)


def alts(reader: Reader) -> list[str]:
    """The words of every picture on the page."""
    return [image.alt for images in reader.at.get("image") for image in images.proto.imgs]


def test_the_first_sight_is_the_quick_method_at_every_bundled_depth_and_an_offer_for_the_slow_one() -> None:
    reader = Reader("depths")
    target = seen_at(18)
    assert f"speaks for **{target}**" in reader.words
    for depth in BUNDLED:
        logits, _ = engine(depth, lrp.EpsilonPlusFlat(), target)
        assert f"{NAMES[int(logits.argmax())]}, {float(logits.softmax(0).max()):.0%}" in reader.words
        assert any(alt.startswith(f"ResNet-{depth}, {lrp.EpsilonPlusFlat.label}: ") for alt in alts(reader))
    assert reader.words.count("not computed yet") == len(BUNDLED)
    (offer,) = (label for label in reader.buttons if label.startswith("Compute"))
    assert re.search(rf"{IG.label} at {len(BUNDLED)} depths: about (a second|\d+ seconds), longer if its gap stays open$", offer)
    assert "ResNet-34 with those of ResNet-18. Such relatives agree more" in reader.words
    assert reader.sentences == []


def test_a_map_of_before_stays_until_the_new_one_is_asked_for_and_is_said_to_be_older() -> None:
    reader = Reader("depths")
    assert "the previous map" not in reader.words
    reader.put({"m": IG.name})
    assert reader.words.count(f"the previous map: {lrp.EpsilonPlusFlat.label}, Cat") == len(BUNDLED)


def test_the_slow_method_runs_on_the_click_and_the_agreement_is_that_of_scipy() -> None:
    reader = Reader("depths", QUICK_IG)
    reader.press("Compute").wait()
    assert "not computed yet" not in reader.words
    assert not [label for label in reader.buttons if label.startswith("Compute")]
    target = seen_at(18)
    for place, method in enumerate((lrp.EpsilonPlusFlat(), IG(n_steps=8, tolerance=None))):
        maps = [engine(depth, method, target)[1] for depth in BUNDLED]
        heatmap = reader.chart_of()["data"][place]
        assert heatmap["x"] == heatmap["y"] == [str(depth) for depth in BUNDLED]
        for i, one in enumerate(maps):
            for j, other in enumerate(maps):
                assert heatmap["z"][i][j] == pytest.approx(scipy.stats.spearmanr(one.ravel(), other.ravel()).statistic, abs=1e-4)
    assert IG.label in reader.at.get("plotly_chart")[0].proto.alt
    rows = reader.at.dataframe[0].value
    assert list(rows["Network"]) == [f"ResNet-{depth}" for depth in BUNDLED]


def test_two_quick_methods_need_no_click_and_the_same_one_twice_is_one() -> None:
    reader = Reader("depths", {"n": lrp.InputXGradient.label})
    assert "not computed yet" not in reader.words
    assert len(reader.chart_of()["data"]) == 2
    reader.put(n="epsilon-plus-flat").wait()
    assert len(reader.chart_of()["data"]) == 1


def test_settings_class_and_picture_reach_every_depth() -> None:
    reader = Reader("depths", {"class": "elk", "m_epsilon-plus-flat_zero_bias": "true", "n": lrp.UniformEpsilon.label})
    assert "speaks for **elk**" in reader.words
    logits, _ = engine(34, lrp.EpsilonPlusFlat(), "elk")
    assert f"sums to {float(logits[NAMES.index('elk')]):z.2f} of {float(logits[NAMES.index('elk')]):z.2f}" in reader.words


def test_results_appear_as_they_come_and_work_that_was_stopped_goes_on_where_it_was() -> None:
    answers: DepthResults = {}
    asked = study(IG(n_steps=8, tolerance=None))
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        asked.task(answers).work(stop)
    assert set(answers) == {18}
    assert shares == sorted(shares)
    first = answers[18]
    assert asked.task(answers).work(None) is answers
    assert list(answers) == list(BUNDLED)
    assert answers[18] is first


def test_a_depth_without_weights_or_without_the_class_says_why() -> None:
    answers = study(lrp.EpsilonPlus(), (18, 152)).task({}).work(None)
    assert isinstance(answers[18], DepthResult)
    assert isinstance(answers[152], DepthFailure)
    assert "152" in answers[152].reason
    unknown = study(lrp.EpsilonPlus(), (18,), "zebra").task({}).work(None)
    assert unknown[18] == DepthFailure("ResNet-18 does not know the class zebra.")


@pytest.fixture
def imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of depth 18 and 50 are in the cache; what is read and downloaded are small networks, and 101 is not to be had."""

    def small_one(depth: int, architecture: str, progress: Any) -> lrp.Backbone:
        if depth == 101:
            raise lrp.WeightsError("The server of ResNet-101 is away; try again later.")
        return dataclasses.replace(lrp.load_backbone(depth if depth in BUNDLED else 34), weights="imagenet")

    for depth in (18, 50):
        (tmp_path / imagenet_entry(depth).url.rpartition("/")[2]).touch()
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
    monkeypatch.setattr(loading, "load_imagenet", small_one)


@pytest.mark.usefixtures("imagenet")
def test_imagenet_weights_that_are_here_are_asked_and_the_others_are_one_click_away() -> None:
    assert downloaded_depths() == (18, 50)
    reader = Reader("depths", {"weights": "ImageNet"})
    assert [f"**ResNet-{depth}**" in reader.words for depth in DEPTHS] == [True, False, True, False, False]
    (load,) = (label for label in reader.buttons if label.startswith("Load"))
    size = sum(imagenet_size(depth) for depth in (34, 101, 152)) / 1e6
    assert load == f"Load ResNet-34, 101, 152 too ({size:.0f} MB)"
    reader.press("Load").wait()
    assert all(f"**ResNet-{depth}**" in reader.words for depth in DEPTHS)
    assert "The server of ResNet-101 is away" in reader.words
    assert reader.chart_of()["data"][0]["x"] == ["18", "34", "50", "152"]


def test_the_words_name_who_sees_what() -> None:
    found = study(lrp.EpsilonPlus()).task({}).work(None)
    same = {depth: DepthResult("ant", 0.5, 0.5, one.map, 1, 1, None, 0.1) for depth, one in found.items()}
    assert predictions_sentence(same) == "All 3 networks see **an ant**."
    split = same | {50: DepthResult("bee", 0.5, 0.5, same[50].map, 1, 1, None, 0.1)}
    disagreement = "The networks disagree: ResNet-18 and ResNet-34 say **an ant**; ResNet-50 says **a bee**."
    assert predictions_sentence(split) == disagreement
    names, matrix = rank_correlations({18: same[18], 34: same[18], 101: DepthFailure("away")})
    assert (names, matrix) == (["18", "34"], [[pytest.approx(1), pytest.approx(1)]] * 2)
    assert "is 1.00 on average" in correlations_sentence("LRP", names, matrix)
    assert "only one depth" in correlations_sentence("LRP", ["18"], [[1.0]])
    flat = DepthResult("bee", 0.5, 0.5, np.zeros_like(same[18].map), 1, 1, None, 0.1)
    names, with_flat = rank_correlations({18: same[18], 34: same[18], 50: flat})
    partly = "is 1.00 on average, where it is defined: 2 of 3 pairs have a map that is the same"
    assert partly in correlations_sentence("LRP", names, with_flat)
    undefined = correlations_sentence("LRP", *rank_correlations({18: flat, 34: flat}))
    assert undefined.endswith("is undefined (one map is the same everywhere).")
    layout = correlations_figure([("LRP", names, matrix), ("IG", names, matrix)], narrow=True).layout
    assert layout.yaxis2.domain[1] < layout.yaxis.domain[0]


def test_relatives_are_named_where_both_are_there() -> None:
    assert shared_training_note((18, 50)) == ""
    pairs = "ResNet-34 with those of ResNet-18, ResNet-101 with those of ResNet-50, ResNet-152 with"
    assert pairs in shared_training_note(DEPTHS)
