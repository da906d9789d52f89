"""Numbers stay finite, whatever the picture, the objective and epsilon."""


import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lrp
from tests.lrp.rules.kit import LRP_METHODS, quickly
from tests.networks import HIGH, LOW, random_resnet, without_biases

PICTURES = {
    "black": lambda size: LOW.float().expand(1, 3, size, size),
    "white": lambda size: HIGH.float().expand(1, 3, size, size),
    "zero": lambda size: torch.zeros(1, 3, size, size),
    "constant": lambda size: torch.full((1, 3, size, size), 0.7),
    "noise": lambda size: torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0)),
    "faint noise": lambda size: 1e-6 * torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0)),
}
NETWORKS = {
    "with biases": lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float()),
    "without biases": lrp.canonize(without_biases(random_resnet(dtype=torch.float32)), LOW.float(), HIGH.float()),
}
OBJECTIVES = {"logit": lrp.Logit(0), "contrast": lrp.Contrast(0, 1), "CLRP": lrp.CLRP(0), "SGLRP": lrp.SGLRP(0),
              "features": lrp.Features("layer3")}  # fmt: skip
EPSILONS = st.one_of(st.sampled_from([0.0, 1e-300, 1e-12, 1e3]), st.floats(1e-12, 1e3))


@settings(quickly, max_examples=400)
@given(
    method=st.sampled_from(LRP_METHODS), epsilon=EPSILONS, relative=st.booleans(), zero_bias=st.booleans(),
    residual=st.sampled_from(["signed", "absolute"]), picture=st.sampled_from(list(PICTURES)),
    network=st.sampled_from(list(NETWORKS)), objective=st.sampled_from(list(OBJECTIVES)),
)  # fmt: skip
def test_relevance_is_finite_whatever_the_method_the_picture_and_the_objective(
    method, epsilon, relative, zero_bias, residual, picture, network, objective
):
    wanted = {"epsilon": epsilon, "relative": relative, "zero_bias": zero_bias, "residual": residual}
    settings_of_method = {name: value for name, value in wanted.items() if name in method.__dataclass_fields__}
    result = lrp.explain(NETWORKS[network], PICTURES[picture](32), OBJECTIVES[objective], method(**settings_of_method))
    assert result.relevance.isfinite().all()
    assert all(arriving.isfinite().all() for arriving in result.by_layer.values())


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 0.5])
def test_a_layer_whose_outputs_are_all_0_passes_nothing_on(epsilon, relative):
    # Nothing can be shared out there: relevance that still arrives, as SGLRP's does, ends.
    network = NETWORKS["without biases"]
    result = lrp.explain(network, torch.zeros(1, 3, 32, 32), lrp.SGLRP(0), lrp.UniformEpsilon(epsilon, relative))
    assert result.by_layer[network.output].item() == pytest.approx(0, abs=1e-6)
    assert not result.relevance.any()


@pytest.mark.parametrize("relative", [False, True])
def test_an_epsilon_too_small_for_the_precision_acts_like_0(relative):
    network, x = NETWORKS["with biases"], PICTURES["noise"](32)
    tiny, none = (lrp.explain(network, x, 0, lrp.UniformEpsilon(epsilon, relative)).relevance for epsilon in (1e-300, 0.0))
    assert none.any()
    torch.testing.assert_close(tiny, none, rtol=1e-3, atol=1e-6 * float(none.abs().max()))
