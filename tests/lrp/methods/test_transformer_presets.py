"""The methods for transformers: what they come to at the ends of their settings, and what the others say of attention."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.suitable import suits_network
from lrp.network.attention_blocks import ATTENTION, MLP
from lrp.network.forward_pass import trace
from lrp.network.layers import Shift
from tests.lrp.network.kit import Net, conv
from tests.lrp.network.restated import input_times_gradient
from tests.lrp.network.transformers import pictures, transformer

NAMES = ("torchvision vit", "torchvision swin", "timm swin_tiny_patch4_window7_224")
ViT = NAMES[0]


class Case:
    """A network, a picture and the class that is explained."""

    def __init__(self, name: str) -> None:
        self.name, self.model, self.x = name, transformer(name), pictures(name, 1)
        self.network = lrp.canonize(self.model, low=-3, high=3)

    def relevance(self, method: object) -> Tensor:
        return lrp.explain(self.network, self.x, 2, method).relevance  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=NAMES)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


@pytest.fixture(scope="module")
def vit() -> Case:
    return Case(ViT)


def relative(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max())


def test_attn_lrp_is_epsilon_everywhere(case: Case) -> None:
    assert torch.equal(case.relevance(lrp.AttnLRP(0.1)), case.relevance(lrp.UniformEpsilon(0.1)))


def test_cp_lrp_without_epsilon_is_the_gradient_in_which_attention_is_constant(case: Case) -> None:
    expected = input_times_gradient(case.model, case.x, torch.tensor([2]), constant_attention=True)
    assert relative(case.relevance(lrp.CPLRP(0.0)), expected) <= 1e-9


@pytest.mark.parametrize(("attention", "plain"), [("shared", lrp.AttnLRP()), ("constant", lrp.CPLRP())])
def test_gamma_0_is_epsilon(case: Case, attention: str, plain: object) -> None:
    assert relative(case.relevance(lrp.AttnLRPGamma(0.0, 0.0, attention=attention)), case.relevance(plain)) <= 1e-9


@pytest.mark.parametrize("method", [lrp.AttnLRP, lrp.CPLRP, lrp.AttnLRPGamma])
def test_positions_keep_their_part_or_the_patch_takes_it(vit: Case, method: type[lrp.AttnLRP]) -> None:
    (place,) = [node.name for node in vit.network.nodes if isinstance(node.layer, Shift)]
    forward = trace(vit.network, vit.x)
    for position, kept in (("share", True), ("absorb", False)):
        account = method(position=position).account(forward, lrp.Logit(2))
        torch.testing.assert_close(account.pixels + account.bias + account.rest, account.explained)
        (entry,) = [entry for entry in account.entries if entry.node.name == place]
        assert bool(entry.bias.abs() > 1e-6) == kept
        assert (entry.given["cat"] == entry.arrived).all() != kept


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lrp.AttnLRP(position="keep"), "position must be one of share, absorb, got 'keep'"),
        (lambda: lrp.CPLRP(-1.0), "epsilon must be >= 0 and finite, got -1.0"),
        (lambda: lrp.AttnLRPGamma(attention="all"), "attention must be one of constant, shared, got 'all'"),
        (lambda: lrp.AttnLRPGamma(-0.1), "gamma must be >= 0 .* got -0.1"),
        (lambda: lrp.AttnLRPGamma(patch_gamma=-0.1), "gamma must be >= 0 .* got -0.1"),
    ],
)
def test_settings_outside_their_limits_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_every_method_explains_a_transformer_or_says_why_not(case: Case) -> None:
    refused = {"deeplift", "guided-backprop", "deconvolution"}
    for name, method in lrp.METHODS.items():
        assert suits_network(method, case.network) == (name not in refused)
        settings = {"tolerance": None, "n_steps": 4, "n_samples": 2, "window": 32, "stride": 32}
        made = method(**{key: value for key, value in settings.items() if key in method.__dataclass_fields__})
        if name in refused:
            with pytest.raises(TypeError, match=r"DeepLIFT has no multiplier for LayerNorm at|has none; use Saliency or an LRP"):
                case.relevance(made)
        else:
            found = case.relevance(made)
            assert found.shape == case.x.shape
            assert found.isfinite().all()


def test_a_network_without_attention_is_not_offered_what_is_made_for_it():
    network = lrp.canonize(nn.Sequential(conv(3, 4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)).eval())
    left_out = [name for name, method in lrp.METHODS.items() if not suits_network(method, network)]
    assert left_out == ["attn-lrp", "attn-lrp-gamma", "cp-lrp"]


def test_integrated_gradients_add_up(vit: Case) -> None:
    assert lrp.explain(vit.network, vit.x, 2, lrp.IntegratedGradients(tolerance=0.005)).gap <= 0.005


def test_grad_cam_weighs_the_tokens_that_the_last_attention_reads(vit: Case) -> None:
    seen: list[Tensor] = []
    layer = vit.model.encoder.layers[-1].ln_1  # which reads them
    handle = layer.register_forward_pre_hook(lambda module, given: seen.append(given[0].requires_grad_()))
    logit = vit.model(vit.x.clone())[0, 2]
    handle.remove()
    (slopes,) = torch.autograd.grad(logit, seen[0])
    patches = [value[0, 1:].T.reshape(64, 4, 4) for value in (seen[0].detach(), slopes)]
    cam = (patches[0] * patches[1].mean((1, 2), keepdim=True)).sum(0).clamp(min=0)
    expected = torch.nn.functional.interpolate(cam[None, None], (64, 64), mode="bilinear", align_corners=False)
    found = vit.relevance(lrp.GradCAM())
    torch.testing.assert_close(found, expected.expand_as(found) * 16 / found.numel())


def test_threads_share_a_transformer(vit: Case) -> None:
    alone = [vit.relevance(method) for method in (lrp.AttnLRP(), lrp.CPLRP())]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(vit.relevance, [lrp.AttnLRP(), lrp.CPLRP()] * 4))
    assert all(torch.equal(each, alone[i % 2]) for i, each in enumerate(found))


def test_the_account_tells_attention_mlp_and_skip_and_where_relevance_grows(case: Case) -> None:
    account = lrp.AttnLRPGamma(2.0, attention="shared").account(trace(case.network, case.x), lrp.Logit(2))
    block = {ViT: "encoder.layers.encoder_layer_1", NAMES[1]: "features.3.1", NAMES[2]: "layers.1.blocks.1"}[case.name]
    assert [split.kind for split in account.splits if split.name == block] == [MLP, ATTENTION]
    top = next(each for each in account.blocks if each.name == block)
    assert top.output.places is not None
    assert top.output.places.shape[1:] == {ViT: (4, 4), NAMES[1]: (8, 8), NAMES[2]: (8, 8)}[case.name]
    if case.name != ViT:  # whose class token has no place
        torch.testing.assert_close(top.output.places.double().sum(), top.output.arrived.sum())
    at = [each.name for each in account.blocks].index(block)
    below = account.blocks[at + 1]
    torch.testing.assert_close(account.growth[block], below.output.absolute / top.output.absolute)
    torch.testing.assert_close(account.explained, account.pixels + account.bias + account.rest)


def test_a_convolutional_network_has_neither():
    model = nn.Sequential(conv(3, 4), Net(lambda m, x: x + m.a(x), a=conv(padding=1)), nn.Flatten(), nn.Linear(144, 2))
    network = lrp.canonize(model.eval())
    account = lrp.UniformEpsilon().account(trace(network, torch.ones(1, 3, 8, 8)), lrp.Logit(1))
    assert [split.kind for split in account.splits] == [""]
