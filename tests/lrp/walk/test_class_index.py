"""Which classes are explained: one for each picture of a batch, or several for one picture, and how they may be given."""


import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.weighted import Convolution
from tests.lrp.network.headed_networks import X, each_method, network_with_head, vectors
from tests.lrp.network.kit import model_of_every_layer, odd_padding, signal
from tests.networks import HIGH, LOW, pictures, random_resnet

LRP_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]
BY_CLASS = {
    "Logit": lrp.Logit, "Contrast": lambda target: lrp.Contrast(target, versus=2),
    "Contrast, many versus": lambda target: lrp.Contrast(2, versus=target), "CLRP": lrp.CLRP, "SGLRP": lrp.SGLRP,
}  # fmt: skip


@pytest.mark.parametrize("objective", BY_CLASS)
def test_each_picture_of_a_batch_has_its_own_class(objective):
    network, x, of = lrp.canonize(random_resnet()), pictures(3), BY_CLASS[objective]
    together = lrp.explain(network, x, of(torch.tensor([1, 6, 0])), lrp.EpsilonPlus())
    for i, target in enumerate([1, 6, 0]):
        alone = lrp.explain(network, x[i : i + 1], of(target), lrp.EpsilonPlus())
        torch.testing.assert_close(together.relevance[i : i + 1], alone.relevance, rtol=1e-10, atol=1e-13)
        torch.testing.assert_close(together.explained[i : i + 1], alone.explained)


@pytest.mark.parametrize("residual", ["signed", "absolute"])
@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_several_classes_of_one_picture_equal_as_many_separate_calls(method, residual):
    network, x, targets = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1), [1, 6, 0, 6]
    for of in BY_CLASS.values():
        together = lrp.explain(network, x, of(torch.tensor(targets)), method(residual=residual))
        alone = [lrp.explain(network, x, of(target), method(residual=residual)) for target in targets]
        assert together.relevance.shape == (4, 3, 64, 64)
        assert together.logits.shape == (4, 7)
        assert together.explained.shape == together.total.shape == (4,)
        expected = torch.cat([result.relevance for result in alone])
        assert (together.relevance - expected).abs().max() <= 1e-10 * expected.abs().max()
        for name, arriving in together.by_layer.items():
            torch.testing.assert_close(arriving, torch.cat([result.by_layer[name] for result in alone]), rtol=1e-10, atol=1e-12)


class Odd(nn.Module):
    """Layers of every kind: groups, transposed, 1d and 3d, pooling of all sorts, concatenation, reshaping, a broadcast sum."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.grouped = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.pool, self.up = nn.AvgPool2d(2), nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.line, self.cube = nn.Conv1d(8, 6, 3, dilation=2), nn.Conv3d(1, 2, 2)
        self.most, self.activation, self.head = nn.AdaptiveMaxPool2d(8), nn.LeakyReLU(), nn.Linear(2 * 5 * 1 * 29, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.relu6(self.first(x))  # (N, 4, 14, 14)
        x = torch.cat([self.grouped(x), nn.functional.max_pool2d(x, 3, 1, 1)], 1)  # (N, 8, 14, 14)
        x = self.most(self.activation(self.up(self.pool(x))))  # (N, 8, 8, 8)
        x = x + x.mean((2, 3), keepdim=True)
        x = self.line(x.view(x.size(0), 8, 64))  # (N, 6, 60)
        x = self.cube(x.reshape(x.size(0), 1, 6, 2, 30))  # (N, 2, 5, 1, 29)
        return self.head(torch.flatten(x, 1))


@pytest.mark.parametrize("residual", ["signed", "absolute"])
def test_several_classes_on_layers_of_every_kind(residual):
    torch.manual_seed(0)
    network, x = lrp.canonize(Odd().double().eval(), LOW, HIGH), pictures(1, 16)
    for method in LRP_METHODS:
        together = lrp.explain(network, x, torch.arange(5), method(residual=residual)).relevance
        alone = torch.cat([lrp.explain(network, x, target, method(residual=residual)).relevance for target in range(5)])
        assert (together - alone).abs().max() <= 1e-10 * alone.abs().max()


@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_what_does_not_depend_on_the_class_is_computed_once(method, monkeypatch):
    network, x, rows = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1), []
    apply = Convolution.apply

    def counted(layer: Convolution, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        rows.append(len(x))
        return apply(layer, x, weight, bias)

    monkeypatch.setattr(Convolution, "apply", counted)
    lrp.explain(network, x, 3, method())
    one = list(rows)
    rows.clear()
    lrp.explain(network, x, torch.arange(7), method())
    assert rows == one
    assert set(rows) == {1}


def test_several_classes_of_a_kept_trace_leave_it_as_it_was():
    network, x, targets = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1), torch.tensor([3, 5])
    kept = lrp.trace(network, x)
    before = {name: value.clone() for name, value in kept.values.items()}
    for method in LRP_METHODS:
        fresh = lrp.explain(network, x, targets, method()).relevance
        assert torch.equal(lrp.explain(network, kept, targets, method()).relevance, fresh)
    assert all(torch.equal(value, kept.values[name]) for name, value in before.items())


def test_integrated_gradients_explain_several_classes_of_one_picture_too():
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1)
    method = lrp.IntegratedGradients(n_steps=16, tolerance=None)
    for targets in (torch.tensor([3, 5, 1]), torch.arange(7), torch.arange(16) % 7):  # 16 is also the size of a chunk
        together = lrp.explain(network, x, targets, method).relevance
        alone = [lrp.explain(network, x, int(target), method).relevance for target in targets]
        torch.testing.assert_close(together, torch.cat(alone), rtol=1e-6, atol=1e-9)


@odd_padding
@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_several_classes_of_one_picture_are_explained_as_if_one_by_one(method):
    network, x = lrp.canonize(model_of_every_layer(), LOW, HIGH), signal(3, 7, 7, rows=1)
    together = lrp.explain(network, x, torch.tensor([2, 0, 1]), method()).relevance
    alone = [lrp.explain(network, x, target, method()).relevance for target in (2, 0, 1)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-9, atol=1e-12)


@each_method
@pytest.mark.parametrize("target", [[1, 2], (1, 2), np.array([1, 2]), torch.tensor([1, 2], dtype=torch.uint8)], ids=repr)
def test_classes_may_come_as_any_sequence_of_whole_numbers(method, target):
    found = lrp.explain(network_with_head(vectors), X, target, method).relevance
    assert torch.equal(found, lrp.explain(network_with_head(vectors), X, torch.tensor([1, 2]), method).relevance)
    assert torch.equal(found[1:], lrp.explain(network_with_head(vectors), X, np.int64(2), method).relevance[1:])


@each_method
@pytest.mark.parametrize(
    ("target", "error"),
    [(3, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError), (None, TypeError), ("cat", TypeError),
     (2**70, TypeError), ([0, 1, 2], ValueError), ([0.5, 1.0], TypeError), ([True, False], TypeError), ([], ValueError),
     (np.float32(1), TypeError)],
    ids=repr,
)  # fmt: skip
def test_what_is_no_class_of_the_network_is_refused(method, target, error):
    with pytest.raises(error, match="target must be"):
        lrp.explain(network_with_head(vectors), X, target, method)
