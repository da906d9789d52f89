"""What every rule of LRP offers: a share for each input of a layer, and what the layer's bias keeps."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from torch import Tensor

from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Layer, Shares, Shift
from lrp.network.weighted import Weighted
from lrp.rules.kernel import (
    STABILIZER,
    Part,
    Step,
    divide,
    divide_positive,
    pre_activations,
    share_among_inputs,
    share_of_bias,
    zero_per_row,
)


class Rule:
    """How one layer shares out the relevance of its outputs among its inputs."""

    by_value: ClassVar[bool] = True  # an input of 0 gets no share
    by_place: ClassVar[bool] = False  # relevance stays with its value, so an input gets a share only where its output had one

    def __init_subclass__(cls) -> None:
        # A rule that shares in another way than its base may not book what its base's bias keeps, nor one of a mix-in.
        order = {name: [name in vars(base) for base in cls.__mro__].index(True) for name in ("__call__", "bias_share")}
        if order["__call__"] < order["bias_share"]:
            cls.bias_share = Rule.bias_share  # type: ignore[method-assign]

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        """Returns one share per input of the step, in logits, each like that input, with as many rows as `relevance`.

        relevance: one row per sample, or K rows for K classes of one sample. Whatever does not depend on it belongs to the
        sample and is computed once; broadcasting over the rows does the rest.
        """
        raise NotImplementedError

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        """Returns what the layer's bias keeps of the relevance that arrived, (N,), in logits, in double precision.

        A bias b_k is one more contribution to z_k, so it has a share like any input's: rho(b)_k s_k, where s_k is what the rule
        divides and rho(b) what it makes of the bias. 0 for a layer without one.
        Raises NotImplementedError where the layer has a bias and the rule does not say what it keeps.
        """
        if has_bias(step.layer):
            raise NotImplementedError(f"{type(self).__name__} must say in `bias_share` what the bias of its layer keeps")
        return zero_per_row(relevance)

    def check(self, layer: Layer) -> None:
        """Raises TypeError if the rule does not apply to this kind of layer."""


def is_value(rule: Rule) -> bool:
    """Returns whether equal rules compute the same: a frozen dataclass is known by its fields, which never change."""
    described = getattr(rule, "__dataclass_params__", None)
    return described is not None and described.frozen and described.eq


def has_bias(layer: Layer) -> bool:
    """Returns whether the layer adds a constant to what its inputs contribute."""
    return layer.bias is not None if isinstance(layer, Weighted | LayerNorm) else isinstance(layer, Shift)


class Term(NamedTuple):
    """One term of a rule: factor * (sum over the parts of x_j * sum_k w_jk s_k), with the quotient s of relevance and z."""

    parts: list[Part]
    s: Tensor
    factor: float = 1.0


class WeightRule(Rule):
    """Base of the rules for layers with weights: what they share out, and what their bias keeps, is made from the same terms.

    A rule with one term says its `parts`; one with several says its `terms`. `bias` False leaves the bias out of z.
    """

    bias: bool = True
    positive: ClassVar[bool] = False  # every contribution is >= 0, and so is z

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        """Returns which inputs meet which rewritten weights; their sum is z."""
        raise NotImplementedError

    def terms(self, step: Step, relevance: Tensor) -> Iterator[Term]:
        """Yields the terms of this rule one by one, so that the memory of one is free before the next is computed."""
        parts = self.parts(step.layer, step)
        z = self.sums(step, parts)
        divided = divide_positive(relevance, z, step.recall is None) if self.positive else divide(relevance, z, STABILIZER)
        yield Term(parts, divided)

    def sums(self, step: Step, parts: list[Part]) -> Tensor:
        """Returns z, the sum over the parts, kept for other explanations where the step keeps anything.

        Nobody may write over it unless `step.recall` is None. It is kept by the rule's own value, so only of a rule that is one:
        a frozen dataclass.
        """
        def make() -> Tensor:
            return pre_activations(step.layer, parts, self.bias)

        return step.recall(self, make) if step.recall and is_value(self) else make()

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        total: Tensor | None = None
        for term in self.terms(step, relevance):
            share = share_among_inputs(step, term.parts, term.s)
            if total is not None:
                total.add_(share, alpha=term.factor)
            else:
                total = share if term.factor == 1 else share.mul_(term.factor)
            del term, share
        return (total,)

    def bias_share(self, step: Step, relevance: Tensor) -> Tensor:
        total = zero_per_row(relevance)
        for term in self.terms(step, relevance):
            biases = [part.bias for part in term.parts if part.bias is not None and self.bias]
            for bias in biases:
                total += term.factor * share_of_bias(step.layer, bias, term.s)
        return total

    def check(self, layer: Layer) -> None:
        if not isinstance(layer, Weighted):
            raise TypeError(f"{type(self).__name__} needs a layer with weights, got {type(layer).__name__}")
