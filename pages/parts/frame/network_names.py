"""How the pages name a network where several are spoken of."""

from typing import Protocol

WEIGHTS = {"demo": "demo", "imagenet": "ImageNet"}  # to what people call them in a sentence
WITH_BOTH = "resnet"  # the architecture that comes with either kind


class Named(Protocol):
    """What has a name and weights, such as a Backbone."""

    @property
    def architecture(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def weights(self) -> str: ...


def network_label(network: Named) -> str:
    """Returns the label of a network, such as "ResNet-18 (demo)"."""
    return label_with_weights(network.architecture, network.name, network.weights)


def label_with_weights(architecture: str, name: str, weights: str) -> str:
    """Returns the display name, with the kind of weights where there are two, such as "ResNet-18 (demo)"."""
    kind = WEIGHTS.get(weights) if architecture == WITH_BOTH else None
    return f"{name} ({kind})" if kind else name
