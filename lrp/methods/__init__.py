"""Every method, and `explain`, which runs any of them. A new method is one class and its row in METHODS."""

from dataclasses import replace

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.averaged_gradients import AveragedIntegratedGradients, SmoothIntegratedGradients
from lrp.methods.blur_gradients import BlurIntegratedGradients
from lrp.methods.deeplift import DeepLIFT
from lrp.methods.expected_gradients import ExpectedGradients
from lrp.methods.explained_input import ExplainedInput
from lrp.methods.gradcam import GradCAM
from lrp.methods.guided_gradients import GuidedIntegratedGradients
from lrp.methods.idgi import IDGI
from lrp.methods.integrated_gradients import IntegratedGradients
from lrp.methods.method import Explainer, Method
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
from lrp.network.forward_pass import Trace
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress
from lrp.walk.class_index import Classes
from lrp.walk.objectives import Objective, as_objective


def _by_name(*methods: type[Method]) -> dict[str, type[Method]]:
    return {method.name: method for method in methods}


METHODS = _by_name(
    UniformEpsilon,
    EpsilonPlusFlat,
    EpsilonPlus,
    ZeroEpsilonGammaBox,
    EpsilonGammaBox,
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    AttnLRP,
    AttnLRPGamma,
    CPLRP,
    IntegratedGradients,
    AveragedIntegratedGradients,
    SmoothIntegratedGradients,
    IDGI,
    GuidedIntegratedGradients,
    BlurIntegratedGradients,
    ExpectedGradients,
    DeepLIFT,
    InputXGradient,
    Saliency,
    SmoothGrad,
    GuidedBackprop,
    Deconvolution,
    GradCAM,
    Occlusion,
)


def suits(objective: Objective | type[Objective], method: Method | type[Method]) -> bool:
    """Returns whether the method can explain the objective: CLRP has no scalar that gradients could be taken of."""
    return objective.gradients or method.has_rules


def check_suits(objective: Objective | type[Objective], method: Method | type[Method]) -> None:
    """Raises ValueError with a sentence where the method cannot explain the objective."""
    if not suits(objective, method):
        raise ValueError(f"objective {objective.name} is defined for LRP only, got method {method.name}")


def explain(
    network: AnyNetwork, x: Tensor | Trace, target: Classes | Objective, method: Explainer, progress: Progress | None = None
) -> Attribution:
    """Returns the relevance of every input value of `x` for `target` by `method`.

    network: a Backbone, or what `canonize` returned.
    x: (N, 3, H, W), or whatever shape the network takes, batch first; or a Trace of it, which saves the forward pass.
    target: a class index, an (N,) tensor of them, or an objective such as Contrast(c, versus). One picture may be explained for
        several classes at once: with a tensor of K classes the result has K rows, and the forward pass runs once. An output of
        shape (N,) or (N, 1) is one logit, the sigmoid score of class 0.
    method: one of METHODS with its settings, such as UniformEpsilon(epsilon=0.25).
    progress: called with the share of the work done, 0 to 1; raising from it stops the work.
    Same arguments, same bits. Raises ValueError or TypeError for arguments outside their limits, naming value and limit.
    """
    categories = getattr(network, "categories", ())
    network = network_of(network)
    if isinstance(x, Trace) and x.network is not network:
        raise ValueError("the trace was made by another network; trace x with the network that is to be explained")
    with torch.autocast(network.device.type, enabled=False):  # half precision is too coarse for relevance
        objective = as_objective(target, network.head)
        found = method.explain(network, x, objective, progress)
    given = x.x if isinstance(x, Trace) else x
    asked = ExplainedInput(given, network.low, network.high, objective, method, categories)
    return replace(found, explained_input=asked)
