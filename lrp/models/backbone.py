"""A depth and a choice of weights become a backbone: model, canonized network, class names, and the way in for pictures."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn

from lrp.models.architectures import STAGES
from lrp.models.description import INTERPOLATIONS
from lrp.models.weights import TITLES, Weights
from lrp.network.canonize import canonize
from lrp.network.graph import Network
from lrp.pictures.rgb import to_rgb


@dataclass(frozen=True, eq=False)
class Backbone:
    """A trained network with what is needed to explain it. Nothing in it changes, so threads may share it.

    model: the module, in eval mode; network: its canonized copy, which knows the bounds of the pixels; size: pixels of a side
    of the input; margin: how much longer than that the shorter side of a picture is before the centre is cut out;
    mean, std: (1, 3, 1, 1), of RGB values in 0..1; sha256: of the file that the weights came from; architecture: one of
    ARCHITECTURES; interpolation: how pictures are scaled, one of lrp.models.description.INTERPOLATIONS.
    """

    depth: int
    weights: str
    model: nn.Module
    network: Network
    categories: tuple[str, ...]
    size: int
    margin: int
    mean: Tensor
    std: Tensor
    sha256: str
    architecture: str = "resnet"
    interpolation: str = INTERPOLATIONS[0]

    @property
    def name(self) -> str:
        """What people call the network, such as "ResNet-18" or "VGG-16"."""
        return f"{TITLES[self.architecture]}-{self.depth}"

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the network in order, as `Features` and Grad-CAM take them."""
        return STAGES[self.architecture]

    def preprocess(self, picture: Image.Image) -> Tensor:
        """The centre of a picture as the network takes it: (1, 3, size, size) float32, (RGB in 0..1 - mean) / std."""
        from lrp._torchvision import torchvision

        functional = torchvision.transforms.functional
        picture = picture if picture.mode == "RGB" else to_rgb(picture)
        how = torchvision.transforms.InterpolationMode(self.interpolation)
        scaled = functional.resize(picture, self.size + self.margin, how, antialias=True)
        pixels = functional.pil_to_tensor(functional.center_crop(scaled, self.size))
        return (pixels[None].float() / 255 - self.mean) / self.std

    def as_seen(self, x: Tensor) -> Image.Image:
        """The RGB picture that a (1, 3, H, W) or (3, H, W) input shows; values that no pixel can have are clipped."""
        from lrp._torchvision import torchvision

        if x.dim() not in (3, 4) or x.shape[-3] != 3 or (x.dim() == 4 and len(x) != 1):
            raise ValueError(f"x must be one picture of shape (1, 3, H, W) or (3, H, W), got {tuple(x.shape)}")
        pixels = x.detach().cpu().reshape(1, 3, *x.shape[-2:]) * self.std + self.mean
        return torchvision.transforms.functional.to_pil_image((pixels[0] * 255).round().clamp(0, 255).byte())


def backbone_of(weights: Weights, name: str, model: nn.Module) -> Backbone:
    """The backbone of a model that holds `weights`; its network is compared with the model at once. Raises as `canonize` does."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (weights.mean, weights.std))
    # A picture of half the size on each side costs a quarter of a pass, of the network and of the model.
    side = max(weights.size // 2, 32)
    generator = torch.Generator().manual_seed(0)
    example = (torch.rand(1, 3, side, side, generator=generator) - mean) / std
    network = canonize(model, low=-mean / std, high=(1 - mean) / std, example=example)
    return Backbone(
        weights.depth, name, model, network, weights.categories, weights.size, weights.margin, mean, std, weights.sha256,
        weights.architecture, weights.interpolation,
    )  # fmt: skip
