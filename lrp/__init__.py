"""Layer-wise Relevance Propagation and Integrated Gradients for convolutional networks."""

from lrp.attribution import Attribution
from lrp.gradients import IntegratedGradients
from lrp.methods import METHODS, explain
from lrp.network import Network, canonize
from lrp.objectives import CLRP, SGLRP, Contrast, Features, Logit
from lrp.presets import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    UniformEpsilon,
    ZeroEpsilonGammaBox,
)
from lrp.propagation import Trace, trace

__all__ = [
    "CLRP",
    "METHODS",
    "SGLRP",
    "Attribution",
    "Contrast",
    "EpsilonAlpha2Beta1",
    "EpsilonAlpha2Beta1Flat",
    "EpsilonGammaBox",
    "EpsilonPlus",
    "EpsilonPlusFlat",
    "Features",
    "IntegratedGradients",
    "Logit",
    "Network",
    "Trace",
    "UniformEpsilon",
    "ZeroEpsilonGammaBox",
    "canonize",
    "explain",
    "trace",
]
