"""Objectives that explain one output: a class or label, what speaks against a label, or a predicted value.

A class argument is an index, an (N,) tensor or list with one index per sample, or, for a single sample, a (K,) one:
K explanations of that sample. One logit is a sigmoid score of one class, for or against which a map speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from lrp.heads import REGRESSION, SIGMOID, SOFTMAX
from lrp.walk.class_index import Classes, category_of, one_hot, pick_class
from lrp.walk.objective_base import ClassObjective, Sides


@dataclass(frozen=True)
class Logit(ClassObjective):
    """The logit z_c of class `target`; the seed is z_c at that class and 0 elsewhere  [Bach et al. 2015].

    In logits.
    """

    name = "logit"
    label = "Why this class?"
    question = "Why {target}?"
    summary = "What speaks for the class and what against it, whatever that means for other classes."
    scalar = "the logit"
    heads = (SOFTMAX.name, SIGMOID.name)
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        return f"for {category_of(categories, self.target)}", "against it"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(logits, self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        return one_hot(logits, self.target) * logits


@dataclass(frozen=True)
class Against(ClassObjective):
    """The negative logit -z_c of label `target`; the seed is -z_c at that label and 0 elsewhere.

    In logits. Rules and gradients are linear in what they start from, so the map is that of `Logit` with its signs turned: where
    a label's logit is negative, it shows what the network says no for.
    """

    name = "against"
    label = "Why not this class?"
    question = "Why not {target}?"
    summary = "What makes the network say no: the map of why this class with its signs turned."
    scalar = "the negative logit"
    heads = (SIGMOID.name,)
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        return f"against {category_of(categories, self.target)}", "for it"

    def value_of(self, logits: Tensor) -> Tensor:
        return -pick_class(logits, self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        return one_hot(logits, self.target) * -logits


@dataclass(frozen=True)
class Value(ClassObjective):
    """The predicted value y_t of output `target`; the seed is y_t at that output and 0 elsewhere.

    In units of the value.
    """

    name = "value"
    label = "Why this value?"
    question = "Why this value of {target}?"
    summary = "What raises the predicted value and what lowers it, counted from 0."
    scalar = "the predicted value"
    unit = "units of the value"
    heads = (REGRESSION.name,)
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = category_of(categories, self.target)
        return f"for a higher {name}", "for a lower one"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(logits, self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        return one_hot(logits, self.target) * logits
