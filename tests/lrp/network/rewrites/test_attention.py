"""Attention in every spelling is read as its parts, with the logits and gradients of the model, or refused by name."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.network.attention import MatrixProduct, Softmax
from lrp.network.forward_pass import trace
from tests.lrp.network.kit import Net, signal
from tests.lrp.network.restated import input_times_gradient

TOKENS, SIZE = 6, 8
HIDDEN = torch.ones(TOKENS, TOKENS).triu(1).bool()
Call = Callable[[Any, Tensor], Tensor]


def fused(m: Any, x: Tensor, **settings: Any) -> Tensor:
    q, k, v = m.qkv(x).reshape(x.shape[0], TOKENS, 3, 2, SIZE // 2).permute(2, 0, 3, 1, 4).unbind(0)
    return F.scaled_dot_product_attention(q, k, v, **settings).transpose(1, 2).flatten(2)


def by_hand(m: Any, x: Tensor) -> Tensor:
    qkv = m.qkv(x).reshape(x.shape[0], TOKENS, 3, 2, SIZE // 2).permute(2, 0, 3, 1, 4)
    scores = (qkv[0] * (SIZE // 2) ** -0.5).matmul(qkv[1].mT)
    return (m.drop(m.softmax(scores)) @ qkv[2]).transpose(1, 2).reshape(x.shape[0], TOKENS, SIZE)


def batched(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, -1)
    return torch.bmm(torch.softmax(torch.bmm(q, k.transpose(1, 2)) / SIZE**0.5, dim=-1), v)


def tokens_first(m: Any, x: Tensor) -> Tensor:
    x = x.transpose(0, 1)
    return m.tokens_first(x, x, x)[0].transpose(0, 1)


CALLS: dict[str, Call] = {
    "fused": fused,
    "with a scale": lambda m, x: fused(m, x, scale=0.3),
    "mask of numbers": lambda m, x: fused(m, x, attn_mask=m.added),
    "mask of truth values": lambda m, x: fused(m, x, attn_mask=~m.hidden),
    "causal": lambda m, x: fused(m, x, is_causal=True),
    "by hand": by_hand,
    "batched products": batched,
    "module": lambda m, x: m.module(x, x, x, need_weights=False)[0],
    "module whose weights are dropped": lambda m, x: m.module(x, x, x)[0],
    "module with a mask": lambda m, x: m.module(x, x, x, attn_mask=m.hidden, need_weights=False)[0],
    "module, tokens first": tokens_first,
    "module across": lambda m, x: m.across(x, m.a(x), m.b(x), need_weights=False)[0],
}


def model_of(call: Call) -> nn.Module:
    torch.manual_seed(2)
    parts = {
        "qkv": nn.Linear(SIZE, 3 * SIZE), "a": nn.Linear(SIZE, 5), "b": nn.Linear(SIZE, 7), "top": nn.Linear(SIZE, 3),
        "module": nn.MultiheadAttention(SIZE, 2, batch_first=True), "tokens_first": nn.MultiheadAttention(SIZE, 2, bias=False),
        "across": nn.MultiheadAttention(SIZE, 4, kdim=5, vdim=7, batch_first=True), "softmax": nn.Softmax(-1),
        "drop": nn.Dropout(0.1), "added": torch.randn(TOKENS, TOKENS), "hidden": HIDDEN,
    }  # fmt: skip
    model = Net(lambda m, x: m.top((x + call(m, x)).mean(1)), **parts).double().eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, 0.6)
    return model


@pytest.mark.parametrize("case", CALLS)
def test_attention_is_taken_apart_in_every_spelling(case: str) -> None:
    model, x, target = model_of(CALLS[case]), signal(TOKENS, SIZE), torch.tensor([2, 0])
    network = lrp.canonize(model)
    kinds = [type(node.layer) for node in network.nodes]
    assert (kinds.count(Softmax), kinds.count(MatrixProduct)) == (1, 2)
    torch.testing.assert_close(network(x), model(x))
    assert trace(network, x[:1]).row_by_row == (case != "module, tokens first")
    gradient = lrp.explain(network, x, target, lrp.InputXGradient()).relevance
    torch.testing.assert_close(gradient, input_times_gradient(model, x, target, restated=False))
    account = lrp.AttnLRP().account(trace(network, x[:1]), lrp.Logit(2))
    torch.testing.assert_close(account.pixels + account.bias + account.rest, account.explained)


@pytest.mark.parametrize("case", ["fused", "by hand", "batched products"])
def test_lrp_0_is_the_gradient_that_products_split(case: str) -> None:
    model, x, target = model_of(CALLS[case]), signal(TOKENS, SIZE), torch.tensor([2, 0])
    found = lrp.explain(lrp.canonize(model), x, target, lrp.AttnLRP(0.0)).relevance
    torch.testing.assert_close(found, input_times_gradient(model, x, target))


def test_spellings_of_one_attention_get_the_same_relevance():
    x = signal(TOKENS, SIZE)
    ours, theirs = (lrp.explain(lrp.canonize(model_of(call)), x, 1, lrp.AttnLRP()).relevance for call in (fused, by_hand))
    torch.testing.assert_close(ours, theirs)


REFUSED: dict[str, tuple[Call, str]] = {
    "dropout": (lambda m, x: fused(m, x, dropout_p=0.1), "attention must have no dropout .* got dropout_p=0.1"),
    "padding": (
        lambda m, x: m.module(x, x, x, key_padding_mask=m.hidden[:1], need_weights=False)[0], "no padding mask at module"
    ),
    "weights that are read": (lambda m, x: m.a(m.module(x, x, x)[1] @ m.added @ m.added[:, :5] @ m.added[:5]), "no LRP rule"),
    "softmax of a softmax": (lambda m, x: torch.softmax(torch.softmax(m.qkv(x), -1), -1), "no LRP rule for softmax"),
    "softmax that is added": (lambda m, x: x + torch.softmax(m.a(x), 1).mean(2, keepdim=True), "no LRP rule for softmax"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_attention_is_refused_by_name(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(TypeError, match=message):
        lrp.canonize(model_of(call))
