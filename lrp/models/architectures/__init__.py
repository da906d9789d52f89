"""The architectures and depths that can be built, and the names of their stages."""

from lrp.models.architectures.published import PUBLISHED

# Depth -> how many blocks, or convolutions, each stage has.
RESNET_LAYERS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGG_LAYERS = {16: (2, 2, 3, 3, 3)}

DEPTHS = tuple(RESNET_LAYERS)
ARCHITECTURES = {"resnet": DEPTHS, "vgg": tuple(VGG_LAYERS), "efficientnet_lite": (0,)}  # architecture -> its depths
TITLES = {"resnet": "ResNet-", "vgg": "VGG-", "efficientnet_lite": "EfficientNet-Lite"}  # what stands before the depth
STAGES = {  # architecture -> the modules that end a resolution, whose feature maps can be explained
    "resnet": ("layer1", "layer2", "layer3", "layer4"),
    "vgg": ("features.4", "features.9", "features.16", "features.23", "features.30"),
    "efficientnet_lite": tuple(f"blocks.{stage}" for stage in range(7)),
}


def title(architecture: str, depth: int) -> str:
    """Returns the display name of a network, such as "ResNet-18"; of a published one without depths its own, whatever `depth`."""
    return PUBLISHED[architecture].title if architecture in PUBLISHED else f"{TITLES[architecture]}{depth}"


def network_names() -> dict[str, tuple[str, int]]:
    """Returns every network that can be had by name -> its architecture and depth, which is 0 where it has none."""
    by_depth = {f"{name}{depth}": (name, depth) for name, depths in ARCHITECTURES.items() for depth in depths}
    return by_depth | {name: (name, 0) for name in PUBLISHED}


def check_depth(depth: int | None, architecture: str) -> int:
    """Returns `depth`, or the architecture's first depth for None. Raises ValueError if there is no such network.

    A published network without depths, such as "efficientnet_b0", has depth 0.
    """
    if architecture in PUBLISHED:
        return 0
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture must be one of {', '.join(ARCHITECTURES)}, got {architecture!r}")
    depths = ARCHITECTURES[architecture]
    if depth is None:
        return depths[0]
    if depth not in depths:
        raise ValueError(f"depth must be {'one of ' * (len(depths) > 1)}{', '.join(map(str, depths))}, got {depth!r}")
    return depth
