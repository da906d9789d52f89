"""How long work is said to take before it begins."""

from types import SimpleNamespace
from typing import Any

import pytest

import lrp
from pages.parts.say.number_words import about_seconds
from pages.parts.work import forecast
from pages.parts.work.forecast import expected_in, expected_seconds, record_time

IG = lrp.IntegratedGradients
DEMO = ("resnet", 18, "demo")


@pytest.fixture(autouse=True)
def nothing_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "_measured", {})


def network(depth: int = 18) -> Any:
    report = SimpleNamespace(multiplications=0)
    return SimpleNamespace(architecture="resnet", depth=depth, weights="demo", size=160, report=report)


def test_a_method_looks_at_the_picture_as_often_as_its_settings_say() -> None:
    assert IG(n_steps=64).passes(160) == 64
    assert lrp.SmoothIntegratedGradients(n_steps=16, n_samples=4).passes(160) == 64
    assert lrp.Occlusion(stride=16).passes(160) == 60
    assert lrp.EpsilonPlus().passes(160) == 1


def test_before_anything_is_measured_it_grows_with_network_and_settings() -> None:
    kinds = [DEMO, ("resnet", 50, "demo"), ("resnet", 50, "imagenet"), ("resnet", 152, "imagenet"), ("vgg", 16, "imagenet")]
    seconds = [expected_seconds(kind, IG(n_steps=64), 160) for kind in kinds]
    assert seconds == sorted(seconds)
    assert 0.1 < seconds[0] < seconds[-1] < 60
    assert expected_seconds(DEMO, IG(n_steps=128), 160) == pytest.approx(2 * seconds[0])


def test_what_was_measured_is_what_is_expected() -> None:
    rough = expected_seconds(DEMO, lrp.Occlusion(), 160)
    deeper = expected_seconds(("resnet", 34, "demo"), IG(n_steps=20), 160)
    record_time(network(), lrp.UniformEpsilon(), 0.05)
    assert expected_seconds(DEMO, lrp.EpsilonPlus(), 160) == 0.05  # another rule, but as long a walk
    assert expected_seconds(DEMO, IG(n_steps=10), 160) == pytest.approx(0.7 * 0.05 * 10)
    record_time(network(), IG(n_steps=10), 0.4)
    assert expected_seconds(DEMO, IG(n_steps=20), 160) == 0.8
    record_time(network(), IG(n_steps=10), 0.2)
    assert 0.4 < expected_seconds(DEMO, IG(n_steps=20), 160) < 0.8
    assert expected_seconds(DEMO, lrp.Occlusion(), 160) > rough
    assert expected_seconds(("resnet", 34, "demo"), IG(n_steps=20), 160) == deeper


def test_a_first_map_that_stalls_is_not_believed_and_a_slow_machine_is_after_a_few() -> None:
    rough = expected_seconds(DEMO, lrp.EpsilonPlus(), 160)
    record_time(network(), lrp.EpsilonPlus(), 100 * rough)  # it loaded a library, say
    assert expected_seconds(DEMO, lrp.EpsilonPlus(), 160) == pytest.approx(forecast.MOST_AT_FIRST * rough)
    for _ in range(20):
        record_time(network(), lrp.EpsilonPlus(), 100 * rough)
    assert expected_seconds(DEMO, lrp.EpsilonPlus(), 160) > 90 * rough


def test_a_forecast_is_told_no_more_exactly_than_it_is_known() -> None:
    assert [about_seconds(seconds) for seconds in (0.2, 12.3, 200.0)] == ["about a second", "about 12 seconds", "about 3 minutes"]


def with_count(millions: float, architecture: str = "resnet", weights: str = "mine.pth") -> Any:
    report = SimpleNamespace(multiplications=millions * 1e6)
    return SimpleNamespace(architecture=architecture, depth=18, weights=weights, size=224, report=report)


def test_an_own_network_is_judged_by_its_multiplications_and_a_published_one_by_torchvision_s() -> None:
    small, large = (expected_in(with_count(millions), lrp.EpsilonPlus()) for millions in (500, 50_000))
    assert large == pytest.approx(100 * small)
    published = expected_in(with_count(0, "efficientnet_b0", "imagenet"), lrp.EpsilonPlus())
    assert published == pytest.approx(expected_in(with_count(386), lrp.EpsilonPlus()))


def test_a_bundled_network_is_judged_by_the_table() -> None:
    demo = with_count(0, "resnet", "demo")
    assert expected_in(demo, IG(n_steps=64)) == expected_seconds(DEMO, IG(n_steps=64), 224)
