"""Rules in words: every layer is told of once, equal neighbours together, and no rule as the program spells it."""

import re

import pytest

import lrp
from lrp.network.weighted import Diagonal, Weighted
from lrp.rules.first_layer import WSquare
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from pages.parts.frame.rule_words import rule_in_words, rules_by_group
from tests.lrp.network import transformers
from tests.networks import HIGH, LOW, random_resnet
from tests.visitor import Visitor

BY_LRP = [method for method in lrp.METHODS.values() if method.has_rules]
EACH = pytest.mark.parametrize("method", BY_LRP, ids=lambda method: method.name)


@pytest.fixture(scope="module")
def network() -> lrp.Network:
    return lrp.canonize(random_resnet(18), LOW, HIGH)


def weighted_of(network: lrp.Network) -> list[str]:
    return [node.path for node in network.nodes if isinstance(node.layer, Weighted) and not isinstance(node.layer, Diagonal)]


@EACH
@pytest.mark.parametrize("residual", ["signed", "absolute"])
def test_every_layer_is_in_one_group(network: lrp.Network, method: type, residual: str) -> None:
    rows = rules_by_group(network, method(residual=residual).rules(network))
    counts = [int(found[0]) if (found := re.findall(r": (\d+)", where)) else 1 for where, _ in rows]
    assert sum(counts) == len(network.nodes)
    assert len(rows) < 12


@EACH
def test_runs_of_layers_with_one_rule_follow_one_another_without_a_gap(network: lrp.Network, method: type) -> None:
    rules, layers = method().rules(network), weighted_of(network)
    told = [where.partition(": ")[0].split(" to ") for where, _ in rules_by_group(network, rules)]
    runs = [run for run in told if run[0] in layers]
    begins, ends = [layers.index(run[0]) for run in runs], [layers.index(run[-1]) for run in runs]
    assert begins == [0, *(end + 1 for end in ends[:-1])]
    assert ends[-1] == len(layers) - 1
    by_path = {node.path: rules[node.name] for node in network.nodes if node.path in layers and isinstance(node.layer, Weighted)}
    for begin, end in zip(begins, ends, strict=True):
        assert len({by_path[path] for path in layers[begin : end + 1]}) == 1


@EACH
def test_words_come_first_and_no_rule_is_spelled_as_the_program_does(network: lrp.Network, method: type) -> None:
    for _, rule in rules_by_group(network, method().rules(network)):
        assert rule.startswith("**")
        assert not re.search(r"\w+=|True|False|\(\)", rule)


@pytest.mark.parametrize("method", [lrp.AttnLRP(), lrp.CPLRP(), lrp.AttnLRPGamma()], ids=lambda method: method.name)
def test_a_transformer_is_told_in_words_too(method: lrp.AttnLRP | lrp.AttnLRPGamma) -> None:
    network = lrp.canonize(transformers.transformer("torchvision swin v2"))
    rows = rules_by_group(network, method.rules(network))
    assert all(rule.startswith("**") and not re.search(r"\w+=|True|False|\(\)", rule) for _, rule in rows)
    kinds = " ".join(where for where, _ in rows)
    for kind in ("Matrix products", "Softmax of attention", "Normalization", "Constants that are added"):
        assert kind in kinds
    assert len(rows) < 16


def test_settings_of_a_rule_are_in_its_words() -> None:
    assert "ε = 0.5" in rule_in_words(Epsilon(0.5))
    assert "in units of" in rule_in_words(Epsilon(0.5, relative=True))
    assert "LRP-0" in rule_in_words(Epsilon(0))
    for biased, without in ((Epsilon(), Epsilon(bias=False)), (ZPlus(), ZPlus(False))):
        assert rule_in_words(without) == f"{rule_in_words(biased)}; biases get no share"
    assert "γ = 3" in rule_in_words(Gamma(3))
    assert "multiplied by 4" in rule_in_words(Gamma(3))
    assert "by 3, evidence against by 2" in rule_in_words(AlphaBeta(3, 2))
    assert "squares of the weights" in rule_in_words(WSquare())


def test_a_rule_without_words_of_its_own_is_named_all_the_same() -> None:
    class Own(Rule):
        def __str__(self) -> str:
            return "own rule"

    assert rule_in_words(Own()) == "own rule"


def test_only_layers_that_have_a_rule_are_told_of(network: lrp.Network) -> None:
    rules = lrp.UniformEpsilon().rules(network)
    below = dict(list(rules.items())[:3])
    assert [where for where, _ in rules_by_group(network, below)] == ["conv1", "Activations: 1", "Max pooling and reshaping: 1"]


def test_the_page_tells_rules_in_words_and_keeps_the_exact_ones_behind_a_click(visitor: Visitor) -> None:
    assert "| Where | How relevance is shared out |" not in visitor.words
    visitor.open_fold("rules")
    assert "| Where | How relevance is shared out |" in visitor.words
    assert "| conv1 to fc: 21 layers | **Epsilon**, ε = 0.25" in visitor.words
    exact = [expander.label for expander in visitor.at.expander]
    assert exact.count("Every layer, as the program has it") == 2
    assert "Epsilon(epsilon=0.25" not in visitor.words
    assert any("Epsilon(epsilon=0.25" in text.value for text in visitor.at.text)
