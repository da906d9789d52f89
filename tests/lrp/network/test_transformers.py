"""Vision transformers: the same logits and gradients, LRP-0 as a changed gradient, accounts that add up, K classes at once."""

import pytest
import torch
from torch import nn

import lrp
from lrp.network.forward_pass import trace
from lrp.walk.ledger import Account
from tests.lrp.network.cases import Case, all_have_rules, relative
from tests.lrp.network.transformers import ROWS_ARE_WINDOWS, TRANSFORMERS, pictures, transformer


@pytest.fixture(scope="module", params=TRANSFORMERS)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param, transformer(request.param), pictures(request.param))


def test_canonizing_keeps_the_logits(case: Case) -> None:
    assert relative(case.network(case.x), case.logits) <= 1e-10
    assert relative(case.in_single_precision()[0], case.logits) <= 1e-5


def test_the_gradient_is_autograds(case: Case) -> None:
    assert case.gradient_error() <= 1e-10


def test_lrp_0_is_input_times_the_gradient_that_attention_splits(case: Case) -> None:
    assert case.lrp_0_error() <= 1e-9


def test_the_account_of_every_node_adds_up(case: Case) -> None:
    def account(x: torch.Tensor, target: torch.Tensor) -> Account:
        return lrp.UniformEpsilon(0.01).account(trace(case.network, x), lrp.Logit(target))

    one_by_one = case.name in ROWS_ARE_WINDOWS
    found = account(case.x[:1], case.target[:1]) if one_by_one else account(case.x, case.target)
    torch.testing.assert_close(found.pixels + found.bias + found.rest, found.explained, rtol=1e-9, atol=1e-12)


def test_classes_explained_at_once_are_those_explained_alone(case: Case) -> None:
    forward, classes = trace(case.network, case.x[:1]), torch.tensor([3, 7, 1])
    assert forward.row_by_row != (case.name in ROWS_ARE_WINDOWS)
    method = lrp.UniformEpsilon(0.01)
    at_once = lrp.explain(case.network, forward, classes, method).relevance
    alone = torch.cat([lrp.explain(case.network, forward, int(c), method).relevance for c in classes])
    assert relative(at_once, alone) <= 1e-9


def test_pictures_explained_at_once_are_those_explained_alone(case: Case) -> None:
    x = pictures(case.name, count=3)  # as many as there are queries, keys and values
    at_once = lrp.explain(case.network, x, 2, lrp.UniformEpsilon(0.01))
    alone = [lrp.explain(case.network, x[i : i + 1], 2, lrp.UniformEpsilon(0.01)) for i in range(3)]
    assert relative(at_once.relevance, torch.cat([each.relevance for each in alone])) <= 1e-9
    for name, arrived in at_once.by_layer.items():
        torch.testing.assert_close(arrived, torch.cat([each.by_layer[name] for each in alone]), rtol=1e-7, atol=1e-9)


SIZES = ("vit_b_32", "vit_l_16", "vit_h_14", "swin_s", "swin_v2_b")


@pytest.mark.parametrize("name", SIZES)
def test_every_size_of_a_family_has_rules(name: str) -> None:
    from lrp._torchvision import torchvision

    with torch.device("meta"):  # without memory behind it
        model: nn.Module = torchvision.models.get_model(name)
    assert all_have_rules(model.eval())
