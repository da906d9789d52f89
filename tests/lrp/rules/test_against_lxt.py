"""AttnLRP and CP-LRP on blocks of transformers, against the formulas of LXT 2.1 written as functions of autograd.

LXT itself (lxt.explicit.functional) is no test dependency: it needs transformers, accelerate, bitsandbytes and open_clip.
`python -m tests.benchmarks.lxt` compares with it where it is installed. Its stabilizers have no sign, z + eps, so eps is tiny
here.
"""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function
from zennit import rules as zennit
from zennit.composites import LayerMapComposite
from zennit.types import Activation, Linear

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon, Gamma

EPSILON = 1e-12


class _Softmax(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
        s = torch.softmax(x, dim)
        ctx.save_for_backward(x, s)
        ctx.dim = dim
        return s

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, None]:
        x, s = ctx.saved_tensors
        return torch.where(x.isneginf(), 0, x) * (arrived[0] - s * arrived[0].sum(ctx.dim, keepdim=True)), None


class _Product(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, inplace: bool, epsilon: float) -> Tensor:
        ctx.save_for_backward(a, b)
        ctx.epsilon = epsilon
        return a @ b

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, Tensor, None, None]:
        a, b = ctx.saved_tensors
        s = arrived[0] / (2 * (a @ b) + ctx.epsilon)
        return a * (s @ b.transpose(-1, -2)), b * (a.transpose(-1, -2) @ s), None, None


class _Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, epsilon: float) -> Tensor:
        z = F.linear(x, weight, bias)
        ctx.save_for_backward(x, weight, z)
        ctx.epsilon = epsilon
        return z

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, None, None, None]:
        x, weight, z = ctx.saved_tensors
        return x * ((arrived[0] / (z + ctx.epsilon)) @ weight), None, None, None


class _Sum(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, inplace: bool, epsilon: float) -> Tensor:
        ctx.save_for_backward(a, b)
        ctx.epsilon = epsilon
        return a + b

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, Tensor, None, None]:
        a, b = ctx.saved_tensors
        s = arrived[0] / (a + b + ctx.epsilon)
        return a * s, (b * s).sum_to_size(b.shape), None, None


class _Values(Function):
    """The product of constant attention and values, as CP-LRP has it."""

    @staticmethod
    def forward(ctx: Any, attention: Tensor, v: Tensor) -> Tensor:
        ctx.save_for_backward(attention, v)
        return attention @ v

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[None, Tensor]:
        attention, v = ctx.saved_tensors
        return None, v * (attention.transpose(-1, -2) @ (arrived[0] / (attention @ v)))


class _Identity(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        return y.clone()

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, None]:
        return arrived[0], None


class _Norm(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, variance_epsilon: float, epsilon: float) -> Tensor:
        ctx.epsilon = epsilon
        deviation = (x.var(-1, correction=0, keepdim=True) + variance_epsilon).sqrt()
        y = (x - x.mean(-1, keepdim=True)) / deviation * weight + bias
        ctx.save_for_backward(x, weight, deviation, y)
        return y

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor, None, None, None, None]:
        x, weight, deviation, y = ctx.saved_tensors
        t = weight * (arrived[0] / (y + ctx.epsilon)) / deviation
        return x * (t - t.mean(-1, keepdim=True)), None, None, None, None


# The autograd functions of lxt.explicit.functional by their names there.
FORMULAS = SimpleNamespace(
    softmax_fn=_Softmax, matmul_fn=_Product, linear_epsilon_fn=_Linear, add2_tensors_fn=_Sum, layer_norm_grad_fn=_Norm
)


class Block(nn.Module):
    """One block of a transformer (torchvision's, timm's or Swin's sizes), from tokens (N, T, C) to one logit for each channel."""

    def __init__(self, tokens: int, size: int, heads: int, masked: bool) -> None:
        super().__init__()
        torch.manual_seed(tokens)
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.proj = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.fc1, self.fc2 = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)
        self.register_buffer("bias", torch.randn(heads, tokens, tokens))  # as Swin's relative positions
        if masked:
            self.bias.masked_fill_(torch.ones(tokens, tokens).triu(2).bool(), -torch.inf)
        for norm in (self.norm1, self.norm2):
            for parameter in norm.parameters():
                nn.init.normal_(parameter, 1.0, 0.3)
        self.double().eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        attention = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + self.bias).softmax(-1)
        x = x + self.proj((attention @ v).transpose(1, 2).flatten(2))
        out: Tensor = x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
        return out[:, 0]


def by_lxt(block: Block, x: Tensor, target: int, lxt: Any, constant: bool) -> Tensor:
    """The relevance of the block's tokens, (N, T, C), by LXT's functions; `constant` takes attention for a constant, CP-LRP."""

    def linear(layer: nn.Linear, value: Tensor) -> Any:
        return lxt.linear_epsilon_fn.apply(value, layer.weight, layer.bias, EPSILON)

    def norm(layer: nn.LayerNorm, value: Tensor) -> Any:
        return lxt.layer_norm_grad_fn.apply(value, layer.weight, layer.bias, layer.eps, EPSILON)

    def add(a: Tensor, b: Tensor) -> Any:
        return lxt.add2_tensors_fn.apply(a, b, False, EPSILON)

    leaf = x.clone().requires_grad_()
    q, k, v = linear(block.qkv, norm(block.norm1, leaf)).unflatten(-1, (3, block.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    scaled = _Identity.apply(q, q * q.shape[-1] ** -0.5)
    scores = add(lxt.matmul_fn.apply(scaled, k.transpose(-2, -1), False, EPSILON), block.bias)
    attention = lxt.softmax_fn.apply(scores, -1)
    mixed = _Values.apply(attention.detach(), v) if constant else lxt.matmul_fn.apply(attention, v, False, EPSILON)
    h = add(leaf, linear(block.proj, mixed.transpose(1, 2).flatten(2)))
    f = linear(block.fc1, norm(block.norm2, h))
    out = add(h, linear(block.fc2, _Identity.apply(f, F.gelu(f))))
    seed = torch.zeros_like(out)
    seed[:, 0, target] = out[:, 0, target].detach()
    return torch.autograd.grad(out, leaf, seed)[0]


SHAPES = {"ViT": (17, 24, 3, False), "DeiT": (18, 16, 2, False), "Swin": (16, 32, 4, False), "masked": (9, 16, 2, True)}


@pytest.mark.parametrize("constant", [False, True], ids=["AttnLRP", "CP-LRP"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_block_by_the_formulas_of_lxt(shape: str, constant: bool) -> None:
    assert difference(shape, FORMULAS, constant) < 1e-6


def difference(shape: str, lxt: Any, constant: bool) -> float:
    """The largest difference of relevance from LXT's, relative to the largest relevance."""
    tokens, size, *_ = SHAPES[shape]
    block, x = Block(*SHAPES[shape]), torch.randn(2, tokens, size, dtype=torch.float64)
    method = (lrp.CPLRP if constant else lrp.AttnLRP)(EPSILON)
    ours, theirs = lrp.explain(lrp.canonize(block), x, 3, method).relevance, by_lxt(block, x, 3, lxt, constant)
    return float((ours - theirs).abs().max() / theirs.abs().max())


ZENNIT: dict[str, tuple[Rule, Any]] = {
    "epsilon": (Epsilon(0.1), zennit.Epsilon(0.1)), "gamma": (Gamma(0.5), zennit.Gamma(0.5))
}


@pytest.mark.parametrize("name", ZENNIT)
def test_the_mlp_of_a_block_by_zennit(name: str) -> None:
    ours, theirs = ZENNIT[name]
    torch.manual_seed(3)
    mlp = nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.Linear(24, 12)).double().eval()
    x = torch.randn(2, 7, 12, dtype=torch.float64)
    network = lrp.canonize(mlp)
    found = lrp.explain(network, x, lrp.Features(network.output), Composite(((Weighted, ours),))).relevance
    leaf = x.clone().requires_grad_()
    with LayerMapComposite([(Linear, theirs), (nn.GELU, zennit.Pass()), (Activation, zennit.Pass())]).context(mlp) as modified:
        output = modified(leaf)
        (expected,) = torch.autograd.grad(output, leaf, output.detach())
    assert (found - expected).abs().max() <= 1e-6 * expected.abs().max()
