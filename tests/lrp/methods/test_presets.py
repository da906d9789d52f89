"""Which layers get which rule by the presets whose rules depend on the place."""

from collections import OrderedDict

import torch
from torch import nn

import lrp
from lrp.network.weighted import Convolution
from lrp.rules.weighted import Epsilon, Gamma


def test_the_last_stage_has_its_own_epsilon():
    network = lrp.load_backbone().network
    rules = lrp.ZeroEpsilonGammaBox(0.5, last_epsilon=2.0).rules(network)
    stages = {node.name: node.path.partition(".")[0] for node in network.nodes if isinstance(node.layer, Convolution)}
    expected = {"layer3": Epsilon(0.5), "layer4": Epsilon(2.0), "layer1": Gamma(0.25), "layer2": Gamma(0.25)}
    assert set(stages.values()) == {*expected, "conv1"}
    assert all(rules[name] == expected[stage] for name, stage in stages.items() if stage in expected)
    assert lrp.ZeroEpsilonGammaBox(0.5, last_epsilon=0.5).rules(network) == lrp.ZeroEpsilonGammaBox(0.5).rules(network)


def test_the_upper_half_of_a_single_stage_is_cut_in_half():
    features = nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(8)))
    bound = torch.ones(1, 3, 1, 1)
    network = lrp.canonize(nn.Sequential(OrderedDict(features=features)).eval(), low=-bound, high=bound)
    rules = list(lrp.ZeroEpsilonGammaBox(0.5, last_epsilon=2.0).rules(network).values())
    assert rules[1:] == [Gamma(0.25)] * 3 + [Epsilon(0.5)] * 2 + [Epsilon(2.0)] * 2
