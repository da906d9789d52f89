"""The families of networks that are known by the shapes of their state dict."""

from lrp.models.architectures import resnet_shapes, vgg_shapes
from lrp.models.architectures.plan import Plan, Shapes

FAMILIES = {"ResNet": resnet_shapes.resnet_plan, "VGG": vgg_shapes.vgg_plan}  # title -> what makes a plan of it
SIGNATURES = (resnet_shapes.SIGNATURE, vgg_shapes.SIGNATURE)  # a name in the state dict of each
MAX_SIDE = 2**24  # of a weight


def plan_of(tensors: Shapes) -> Plan:
    """Returns the network that has these tensors. Raises ValueError with half a sentence if none fits."""
    for name, tensor in tensors.items():
        if max(tensor.shape, default=0) > MAX_SIDE:
            raise ValueError(f"{name} is {max(tensor.shape)} long, and no side of a weight may be longer than {MAX_SIDE}")
    for family in FAMILIES.values():
        if plan := family(tensors):
            return plan
    raise ValueError(f"it is none of the networks whose layers are known here, {' and '.join(FAMILIES)}")
