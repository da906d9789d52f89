"""The families of networks that are known by the shapes of their state dict."""

from lrp.models.architectures import lite_shapes, resnet_shapes, torchvision_shapes, vgg_shapes
from lrp.models.architectures.plan import Plan, Shapes
from lrp.models.architectures.published import PUBLISHED

FAMILIES = {"ResNet": resnet_shapes.resnet_plan, "VGG": vgg_shapes.vgg_plan}  # title -> what makes a plan of it
SIGNATURES = (resnet_shapes.SIGNATURE, vgg_shapes.SIGNATURE)  # a name in the state dict of each
OTHERS = tuple(torchvision_shapes.SIGNATURES)  # and in those of torchvision's other families
_TITLES = list(dict.fromkeys([*FAMILIES, *(known.family for known in PUBLISHED.values())]))
IN_WORDS = f"{', '.join(_TITLES[:-1])} or {_TITLES[-1]}"
MAX_SIDE = 2**24  # of a weight


def plan_of(tensors: Shapes) -> Plan:
    """Returns the network that has these tensors. Raises ValueError with half a sentence if none fits."""
    for name, tensor in tensors.items():
        if max(tensor.shape, default=0) > MAX_SIDE:
            raise ValueError(f"{name} is {max(tensor.shape)} long, and no side of a weight may be longer than {MAX_SIDE}")
    for family in (*FAMILIES.values(), lite_shapes.lite_plan, torchvision_shapes.torchvision_plan):
        if plan := family(tensors):
            return plan
    raise ValueError(f"it is none of the networks whose layers are known here, {IN_WORDS}")
