"""Layer-wise Relevance Propagation and Integrated Gradients for convolutional networks."""

from typing import Any

from lrp.attribution import Attribution
from lrp.averaged import AveragedIntegratedGradients, SmoothIntegratedGradients
from lrp.backbones import Backbone, load_backbone
from lrp.backprop import Deconvolution, DeepLIFT, GuidedBackprop
from lrp.fetch import fetch_image
from lrp.gradcam import GradCAM
from lrp.gradients import IntegratedGradients
from lrp.images import InputError
from lrp.isolated import decode_image
from lrp.methods import METHODS, explain
from lrp.network import Network, canonize
from lrp.objectives import CLRP, OBJECTIVES, SGLRP, Contrast, Features, Logit
from lrp.occlusion import Occlusion
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
from lrp.sensitivity import InputXGradient, Saliency, SmoothGrad
from lrp.weights import WeightsError

__all__ = [
    "CLRP",
    "METHODS",
    "OBJECTIVES",
    "SGLRP",
    "Attribution",
    "AveragedIntegratedGradients",
    "Backbone",
    "Contrast",
    "Deconvolution",
    "DeepLIFT",
    "EpsilonAlpha2Beta1",
    "EpsilonAlpha2Beta1Flat",
    "EpsilonGammaBox",
    "EpsilonPlus",
    "EpsilonPlusFlat",
    "Features",
    "GradCAM",
    "GuidedBackprop",
    "InputError",
    "InputXGradient",
    "IntegratedGradients",
    "Logit",
    "Network",
    "Occlusion",
    "Saliency",
    "SmoothGrad",
    "SmoothIntegratedGradients",
    "Trace",
    "UniformEpsilon",
    "WeightsError",
    "ZeroEpsilonGammaBox",
    "canonize",
    "decode_image",
    "explain",
    "fetch_image",
    "load_backbone",
    "trace",
]


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: its statistics take a while to import, and explaining needs none of them.
    if name == "metrics":
        import lrp.metrics

        return lrp.metrics
    raise AttributeError(f"module 'lrp' has no attribute {name!r}")
