"""Arithmetic of an activation and a constant."""

import pytest
import torch

import lrp
from tests.lrp.network.kit import PICTURE, Net, conv, prepared, signal


def test_a_constant_that_stretches_what_it_meets_is_refused():
    network = lrp.canonize(prepared(Net(lambda m, x: m.a(x)[:, :1] + m.c, a=conv(), c=torch.ones(1, 3, 1, 1))))
    with pytest.raises(ValueError, match=r"must not stretch what it meets, got \(2, 1, 6, 6\) and then \(2, 3, 6, 6\)"):
        network(signal(*PICTURE))
