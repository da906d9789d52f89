"""IDGI: sums exactly at any number of steps, and shares each step out by the squares of the gradient at its beginning."""

import pytest
import torch
from torch import Tensor, nn

import lrp
from tests.networks import LOW


def restated(model: nn.Module, x: Tensor, start: Tensor, target: int, n_steps: int) -> Tensor:
    """Algorithm 1 of the paper as the authors' code has it, for one picture: gradients and outputs of every point first."""
    points = torch.stack([start[0] + (x - start)[0] * i / n_steps for i in range(n_steps + 1)]).requires_grad_()
    output = model(points)[:, target]
    (gradients,) = torch.autograd.grad(output.sum(), points)
    squares = gradients**2
    steps = [squares[i] / squares[i].sum() * (output[i + 1] - output[i]) for i in range(n_steps)]
    return torch.stack(steps).sum(0, keepdim=True).detach()


@pytest.mark.parametrize("n_steps", [1, 7, 40])
def test_it_is_the_papers_algorithm_and_sums_exactly(model, network, x, n_steps):
    start = LOW + 0.1 * x.flip(0, 2)  # in one colour the pixels of a max pool would be equal but for rounding
    result = lrp.explain(network, x, 3, lrp.IDGI(start, n_steps=n_steps))
    expected = torch.cat([restated(model, x[i : i + 1], start[i : i + 1], 3, n_steps) for i in range(2)])
    torch.testing.assert_close(result.relevance, expected, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(result.total, result.explained, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(result.explained, (model(x) - model(start))[:, 3].detach())
    assert result.n_steps.tolist() == [n_steps, n_steps]


def test_on_a_linear_model_the_difference_is_shared_by_the_squares_of_the_weights():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 3)).double().eval()
    x, w = torch.randn(1, 3, 2, 2, dtype=torch.double), linear[1].weight[1].detach().view(1, 3, 2, 2)
    result = lrp.explain(lrp.canonize(linear), x, 1, lrp.IDGI("grey", n_steps=3))
    torch.testing.assert_close(result.relevance, w**2 / (w**2).sum() * (w * x).sum())


class Steps(nn.Module):
    """relu(x1 + 2 x2 - 1) + 3 relu(x1 - x2 - 1): flat at 0, so at first no gradient tells where the answer comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu, self.last = nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2, bias=False)
        self.first.weight.data = torch.tensor([[1.0, 2.0], [1.0, -1.0]])
        self.first.bias.data = torch.tensor([-1.0, -1.0])
        self.last.weight.data = torch.tensor([[1.0, 3.0], [0.0, 0.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.relu(self.first(x)))


def test_what_changes_where_the_gradient_is_zero_is_not_lost():
    # To (1, 1) in 2 steps: at (0, 0) the gradient is 0, at (0.5, 0.5) it is (1, 2), so all of f's 2 is shared 1 : 4.
    network = lrp.canonize(Steps().double().eval())
    x = torch.ones(1, 2, dtype=torch.double)
    result = lrp.explain(network, x, 0, lrp.IDGI("grey", n_steps=2))
    torch.testing.assert_close(result.relevance, torch.tensor([[0.4, 1.6]], dtype=torch.double))
    # In 4 steps f first moves between (0.25, 0.25), where the gradient is 0, and (0.5, 0.5): 0.5, shared as the next step is.
    result = lrp.explain(network, x, 0, lrp.IDGI("grey", n_steps=4))
    torch.testing.assert_close(result.relevance, torch.tensor([[0.4, 1.6]], dtype=torch.double))
    # Back from (1, 1) as the baseline: the last step begins at (0.25, 0.25), where the gradient is 0, and takes the one before.
    result = lrp.explain(network, torch.zeros_like(x), 0, lrp.IDGI(1.0, n_steps=4))
    torch.testing.assert_close(result.relevance, -torch.tensor([[0.4, 1.6]], dtype=torch.double))
    # Where there is no gradient at all nothing can be shared out, and nothing changed.
    result = lrp.explain(network, x, 1, lrp.IDGI("grey", n_steps=4))
    assert result.relevance.abs().max() == result.explained.abs().max() == result.gap.max() == 0
