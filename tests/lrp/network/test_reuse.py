"""What a forward pass keeps for the next explanation: never another bit, never more bytes than were granted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import pytest
import torch
from torch import Tensor

import lrp
from lrp.methods.composites import Composite, by_kind
from lrp.network.layers import Shares
from lrp.network.reuse import Reuse
from lrp.network.weighted import Weighted
from lrp.rules.kernel import Part, Step
from lrp.rules.rule_base import WeightRule
from lrp.rules.weighted import AlphaBeta, Epsilon, ZPlus
from lrp.walk.objectives import Objective
from tests.networks import HIGH, LOW, pictures, random_resnet

ENOUGH = 10**9
OBJECTIVES: list[Objective] = [
    lrp.Logit(2), lrp.Logit(5), lrp.Logit(torch.tensor([1, 4])), lrp.Contrast(2, versus=3), lrp.CLRP(1),
    lrp.SGLRP(torch.tensor([0, 6])), lrp.Features("layer2"),
]  # fmt: skip
RULE_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]


def settings(method: type) -> list[object]:
    """The method plain, with shifts, without biases, with another split and another gamma, as far as it has these settings."""
    others = {"shifts": 2, "zero_bias": True, "residual": "absolute", "gamma": 1.5, "relative": True}
    names = {setting.name for setting in fields(method)}
    return [method(), *(method(**{name: value}) for name, value in others.items() if name in names)]


@pytest.fixture(scope="module")
def network() -> lrp.Network:
    return lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float())


@pytest.mark.parametrize("method", RULE_METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("count", [1, 2], ids=["one picture", "two pictures"])
def test_every_explanation_of_one_pass_is_the_same_to_the_bit(method: type, count: int, network: lrp.Network) -> None:
    x = pictures(count, 64, network.dtype)
    kept = lrp.trace(network, x, reuse_bytes=ENOUGH)
    before = {name: value.clone() for name, value in kept.values.items()}
    for asked in settings(method):
        for objective in OBJECTIVES:
            alone, again = (lrp.explain(network, given, objective, asked) for given in (x, kept))
            assert torch.equal(alone.relevance, again.relevance)
            assert all(torch.equal(alone.by_layer[name], again.by_layer[name]) for name in alone.by_layer)
    assert all(torch.equal(value, kept.values[name]) for name, value in before.items())


@pytest.mark.parametrize("shifts", [1, 2])
@pytest.mark.parametrize("method", RULE_METHODS, ids=lambda method: method.name)
def test_neither_is_another_bit_in_the_account(method: type, shifts: int, network: lrp.Network) -> None:
    x, asked = pictures(1, 64, network.dtype), replace(method(), shifts=shifts)
    kept = lrp.trace(network, x, reuse_bytes=ENOUGH)
    for target in (2, 5):
        alone, again = (asked.account(given, lrp.Logit(target)) for given in (lrp.trace(network, x), kept))
        assert torch.equal(alone.bias, again.bias)
        assert torch.equal(alone.rest, again.rest)


def test_threads_that_share_a_pass_get_the_same_bits(network: lrp.Network) -> None:
    x = pictures(1, 64, network.dtype)
    methods = (lrp.EpsilonPlusFlat(shifts=2), lrp.EpsilonGammaBox(), lrp.EpsilonPlus())
    asked = [(target, method) for target in range(4) for method in methods]
    kept = lrp.trace(network, x, reuse_bytes=ENOUGH)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: lrp.explain(network, kept, *one).relevance, asked))
    assert all(torch.equal(found, lrp.explain(network, x, *one).relevance) for found, one in zip(together, asked, strict=True))


@dataclass
class Counted:
    """Counts the convolutions of an explanation, forward and back."""

    calls: int = 0

    def of(self, monkeypatch: pytest.MonkeyPatch) -> "Counted":
        whole = torch.convolution

        def counted(*given: object, **named: object) -> Tensor:
            self.calls += 1
            return whole(*given, **named)

        monkeypatch.setattr(torch, "convolution", counted)
        return self


@pytest.mark.parametrize("shifts", [1, 4])
def test_another_class_by_z_plus_needs_no_convolution_forward(
    shifts: int, network: lrp.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, method = lrp.trace(network, pictures(1, 64, network.dtype), reuse_bytes=ENOUGH), lrp.EpsilonPlusFlat(shifts=shifts)
    counted, chunks = Counted().of(monkeypatch), max(1, shifts**2 // 8)
    lrp.explain(network, kept, 2, method)
    assert counted.calls > chunks * 19  # of the 20 convolutions all but the first have z+
    counted.calls = 0
    lrp.explain(network, kept, 3, method)
    assert counted.calls == chunks  # the flat rule counts the inputs of the first layer


def test_z_plus_alpha_beta_and_gamma_divide_by_the_same_sums(network: lrp.Network) -> None:
    kept = lrp.trace(network, pictures(1, 64, network.dtype), reuse_bytes=ENOUGH)
    assert kept.reuse is not None
    lrp.explain(network, kept, 2, lrp.EpsilonPlus())
    used = kept.reuse.used
    own = Composite(by_kind(AlphaBeta(3, 2), Epsilon()))
    for method in (lrp.EpsilonAlpha2Beta1(), lrp.EpsilonPlusFlat(), lrp.UniformEpsilon(), own):
        lrp.explain(network, kept, 2, method)
    assert kept.reuse.used == used > 0


def test_no_more_is_kept_than_was_granted_and_the_rest_is_computed_again(network: lrp.Network) -> None:
    x, method = pictures(1, 64, network.dtype), lrp.EpsilonPlusFlat(shifts=2)
    whole = lrp.trace(network, x, reuse_bytes=ENOUGH)
    want = lrp.explain(network, whole, 2, method).relevance
    assert whole.reuse is not None
    for granted in (1, 10_000, whole.reuse.used // 2, whole.reuse.used - 1):
        kept = lrp.trace(network, x, reuse_bytes=granted)
        assert kept.reuse is not None
        for _ in range(2):
            assert torch.equal(lrp.explain(network, kept, 2, method).relevance, want)
        assert kept.reuse.used <= granted
    assert lrp.trace(network, x).reuse is None
    with pytest.raises(ValueError, match="must be >= 0, got -1"):
        lrp.trace(network, x, reuse_bytes=-1)


class Mutable(WeightRule):
    """A rule whose setting may change, which equals itself whatever it computes."""

    power = 1.0

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return [Part(step.inputs[0].abs() ** self.power, layer.weight.abs() ** self.power)]


def test_what_a_rule_without_a_value_of_its_own_computes_is_not_kept(network: lrp.Network) -> None:
    x, rule = pictures(1, 64, network.dtype), Mutable()
    kept = lrp.trace(network, x, reuse_bytes=ENOUGH)
    for power in (1.0, 2.0):
        rule.power = power
        composite = Composite(by_kind(rule, Epsilon()))
        assert torch.equal(lrp.explain(network, kept, 2, composite).relevance, lrp.explain(network, x, 2, composite).relevance)


@dataclass(frozen=True)
class Doubled(ZPlus):
    """z+ with a method of its own: another class with equal fields is another rule."""

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        return [Part(2 * part.x, *part[1:]) for part in super().parts(layer, step)]

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return super().__call__(step, relevance)


def test_rules_of_different_classes_with_equal_settings_do_not_meet(network: lrp.Network) -> None:
    x = pictures(1, 64, network.dtype)
    kept = lrp.trace(network, x, reuse_bytes=ENOUGH)
    for rule in (ZPlus(), Doubled(), ZPlus()):
        composite = Composite(by_kind(rule, Epsilon()))
        assert torch.equal(lrp.explain(network, kept, 2, composite).relevance, lrp.explain(network, x, 2, composite).relevance)


def test_values_are_made_once_and_places_do_not_meet() -> None:
    reuse, made = Reuse(10), list[str]()

    def make(name: str) -> str:
        made.append(name)
        return name

    for place in (reuse, reuse.at("a"), reuse.at("a"), reuse.at("a", "b"), reuse):
        place.get_or_make("key", lambda: make("value"), lambda value: 4)
    assert len(made) == 3  # the third has no room and is not kept
    assert reuse.used == 8
