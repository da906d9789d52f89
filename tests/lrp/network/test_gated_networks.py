"""Gated and modern networks: the same logits and gradients, LRP-0 as a changed gradient, accounts that add up, K classes."""

import pytest
import torch

import lrp
from lrp.network.forward_pass import trace
from lrp.walk.ledger import Account
from tests.lrp.network.cases import Case, all_have_rules, relative
from tests.lrp.network.gated_networks import NETWORKS, built, calibrated, pictures


@pytest.fixture(scope="module", params=NETWORKS)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, calibrated(request.param), pictures()[:2])  # of those that BatchNorm knows


def test_canonizing_keeps_the_logits(case: Case) -> None:
    assert relative(case.network(case.x), case.logits) <= 1e-10
    found, own = case.in_single_precision()
    rounding = relative(own, case.logits)  # of the model itself
    assert relative(found, case.logits) <= max(1e-5, 3 * rounding)


def test_lrp_0_is_input_times_the_gradient_in_which_gates_and_deviations_are_constants(case: Case) -> None:
    assert case.lrp_0_error() <= 1e-9


def test_the_gradient_is_autograds(case: Case) -> None:
    assert case.gradient_error() <= 1e-9


def adds_up(account: Account) -> bool:
    """Whether what arrives at each block leaves it for the blocks below, for its biases or as its rest."""
    kept = account.pixels + account.bias + account.rest
    arrived = account.explained.clone()
    for block in account.blocks:
        arrived -= block.bias + block.rest
    return torch.allclose(kept, account.explained, rtol=1e-9) and torch.allclose(arrived, account.pixels, rtol=1e-6)


@pytest.mark.parametrize("method", [lrp.UniformEpsilon(0.01), lrp.EpsilonPlusFlat()], ids=lambda method: str(method.name))
def test_the_account_of_every_block_adds_up(case: Case, method: lrp.UniformEpsilon | lrp.EpsilonPlusFlat) -> None:
    account = method.account(trace(case.network, case.x), lrp.Logit(case.target))
    assert len(account.blocks) > 5
    assert adds_up(account)


def test_classes_explained_at_once_are_those_explained_alone(case: Case) -> None:
    forward, classes = trace(case.network, case.x[:1]), torch.tensor([3, 7])
    composite = lrp.UniformEpsilon(0.01).composite(case.network)
    at_once = composite.explain(case.network, forward, lrp.Logit(classes)).relevance
    alone = torch.cat([composite.explain(case.network, forward, lrp.Logit(int(c))).relevance for c in classes])
    torch.testing.assert_close(at_once, alone, rtol=1e-9, atol=1e-12)


SIZES = (
    *(f"torchvision efficientnet_b{n}" for n in range(1, 8)), "torchvision efficientnet_v2_m", "torchvision efficientnet_v2_l",
    "torchvision mobilenet_v3_large", "torchvision convnext_large", "timm efficientnet_b7", "timm efficientnetv2_l",
    "timm mobilenetv3_large_100", "timm seresnet152", "timm convnext_large", "timm convnextv2_huge",
)  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_every_size_of_a_family_has_rules(name: str) -> None:
    with torch.device("meta"):  # without memory behind it
        model = built(name)
    assert all_have_rules(model)
