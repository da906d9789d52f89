"""What timm's EfficientNets, MobileNets and RegNets do otherwise than torchvision's of the same shapes."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from torch import nn

from lrp.models.architectures.plan import Plan, bare_name
from lrp.network.rewrites.padding import SameConvolution

TIMM = "timm"
USUAL_EPS, TENSORFLOW_EPS = 1e-5, 1e-3  # of BatchNorm
USUAL = ("activations, padding and stabilizers as timm's",)
REGNET_SIZES = {"400mf": "004", "800mf": "008", "1_6gf": "016", "3_2gf": "032", "8gf": "080"}
RENAMED_LATER = ("", "_ns", "_ap", "_aa")  # endings of older names, which say how a network was trained
# Of these timm has no trained weights but TensorFlow's.
OF_TENSORFLOW = ("efficientnet_b6", "efficientnet_b7", "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l")


def timm_plan(plan: Plan, architecture: str) -> Plan:
    """Returns the plan of the network of timm whose tensors those of `plan`, of torchvision, are.

    timm has most of them twice: as their authors describe them, and as TensorFlow computes them, whose convolutions with a
    stride pad by the size of the picture; names of those begin with "tf_". architecture: what the file or its owner calls it;
    "" if nothing is known, and then the usual one is assumed.
    """
    name = _timm_name(plan.architecture)
    if plan.architecture.startswith("regnet"):
        return replace(plan, names=(*plan.names, name), usual=USUAL)
    if not plan.architecture.startswith(("efficientnet", "mobilenet")):
        return replace(plan, usual=USUAL)
    named = bare_name(architecture)
    is_tf = named.startswith("tf") if named else plan.architecture in OF_TENSORFLOW
    if plan.architecture == "mobilenet_v2":  # of which there is none of TensorFlow's
        return replace(plan, names=(name,), usual=USUAL)
    other = name if is_tf else f"tf_{name}"
    own = tuple(f"tf_{name}{ending}" for ending in RENAMED_LATER) if is_tf else (name,)
    doubt = () if named in map(bare_name, own) else (f"that it is timm's {own[0]}, whose shapes {other} has too",)
    return replace(
        plan, names=own, make=partial(_as_in_timm, plan.make, is_tf), notes=(plan.notes[0].partition(",")[0], *plan.notes[1:]),
        assumed=(*plan.assumed, *doubt), usual=USUAL,
    )  # fmt: skip


def _timm_name(architecture: str) -> str:
    """What timm calls a network of torchvision."""
    if architecture.startswith("regnet_"):
        _, kind, size = architecture.split("_", 2)
        return f"regnet{kind}_{REGNET_SIZES.get(size, size)}"
    name = architecture.replace("_v", "v").replace("efficientnet_lite", "efficientnet_lite0")
    return f"{name}_100" if name.startswith("mobilenet") else name


def _as_in_timm(make: Callable[[], nn.Module], is_tf: bool) -> nn.Module:
    """The network with the padding and the stabilizer of BatchNorm that timm gives it."""
    model = make()
    for path, module in list(model.named_modules()):
        if isinstance(module, nn.BatchNorm2d):
            module.eps = TENSORFLOW_EPS if is_tf else USUAL_EPS
        elif isinstance(module, nn.ZeroPad2d):  # before a convolution of an EfficientNet-Lite; uneven where it has a stride
            uneven = len(set(module.padding)) > 1
            module.padding = (0 if is_tf and uneven else max(module.padding),) * 4
        elif is_tf and isinstance(module, nn.Conv2d) and max(module.stride) > 1 and max(module.kernel_size) > 1:
            parent, _, name = path.rpartition(".")
            setattr(model.get_submodule(parent), name, SameConvolution.like(module))
    return model
