"""What the tracer follows of Python itself: defaults, asserts, loops over parts, shapes taken apart."""

import pytest
import torch
from torch import nn

import lrp
from tests.lrp.network.kit import PICTURE, conv, input_times_gradient, prepared, relevance, signal
from tests.lrp.network.traced_models import Apart, Asserting, Branching, Counting, Given, Looping


@pytest.mark.parametrize("kind", [Given, Asserting, Apart])
def test_it_is_followed(kind):
    model, x = prepared(kind()), signal(*PICTURE)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), input_times_gradient(model, x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("kind", [Branching, Looping, Counting])
def test_what_depends_on_the_picture_is_refused(kind):
    with pytest.raises(TypeError, match="cannot be traced"):
        lrp.canonize(prepared(nn.Sequential(conv(), kind())))
