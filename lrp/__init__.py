"""Layer-wise Relevance Propagation and Integrated Gradients for convolutional networks."""

import gc

# What is defined here would have the collector go through torch's half a million objects once more, a third of the time of it.
_collects = gc.isenabled()
gc.disable()
try:
    from lrp import metrics as metrics
    from lrp.attribution import Attribution
    from lrp.jobs.batch import explain_batch
    from lrp.methods import METHODS, explain
    from lrp.methods.averaged_gradients import AveragedIntegratedGradients, SmoothIntegratedGradients
    from lrp.methods.blur_gradients import BlurIntegratedGradients
    from lrp.methods.deeplift import DeepLIFT
    from lrp.methods.expected_gradients import ExpectedGradients
    from lrp.methods.gradcam import GradCAM
    from lrp.methods.guided_gradients import GuidedIntegratedGradients
    from lrp.methods.idgi import IDGI
    from lrp.methods.integrated_gradients import IntegratedGradients
    from lrp.methods.modified_backprop import Deconvolution, GuidedBackprop
    from lrp.methods.occlusion import Occlusion
    from lrp.methods.presets import (
        EpsilonAlpha2Beta1,
        EpsilonAlpha2Beta1Flat,
        EpsilonGammaBox,
        EpsilonPlus,
        EpsilonPlusFlat,
        UniformEpsilon,
    )
    from lrp.methods.saliency import InputXGradient, Saliency, SmoothGrad
    from lrp.methods.stage_presets import ZeroEpsilonGammaBox
    from lrp.methods.transformer_presets import CPLRP, AttnLRP, AttnLRPGamma
    from lrp.models.backbone import Backbone
    from lrp.models.loading import load_backbone
    from lrp.models.own_network import load_network, networks
    from lrp.models.weights import WeightsError
    from lrp.network.canonize import canonize
    from lrp.network.forward_pass import Trace, trace
    from lrp.network.graph import Network
    from lrp.notebook.compare import MapComparison, compare
    from lrp.pictures.decode import InputError
    from lrp.pictures.fetch import fetch_image
    from lrp.pictures.picture_set import PictureSet
    from lrp.pictures.sandbox import decode_image
    from lrp.walk.objectives import CLRP, OBJECTIVES, SGLRP, Against, Contrast, Features, Logit, Value
finally:
    if _collects:
        gc.enable()

__all__ = [
    "CLRP",
    "CPLRP",
    "IDGI",
    "METHODS",
    "OBJECTIVES",
    "SGLRP",
    "Against",
    "AttnLRP",
    "AttnLRPGamma",
    "Attribution",
    "AveragedIntegratedGradients",
    "Backbone",
    "BlurIntegratedGradients",
    "Contrast",
    "Deconvolution",
    "DeepLIFT",
    "EpsilonAlpha2Beta1",
    "EpsilonAlpha2Beta1Flat",
    "EpsilonGammaBox",
    "EpsilonPlus",
    "EpsilonPlusFlat",
    "ExpectedGradients",
    "Features",
    "GradCAM",
    "GuidedBackprop",
    "GuidedIntegratedGradients",
    "InputError",
    "InputXGradient",
    "IntegratedGradients",
    "Logit",
    "MapComparison",
    "Network",
    "Occlusion",
    "PictureSet",
    "Saliency",
    "SmoothGrad",
    "SmoothIntegratedGradients",
    "Trace",
    "UniformEpsilon",
    "Value",
    "WeightsError",
    "ZeroEpsilonGammaBox",
    "canonize",
    "compare",
    "decode_image",
    "explain",
    "explain_batch",
    "fetch_image",
    "load_backbone",
    "load_network",
    "networks",
    "trace",
]
