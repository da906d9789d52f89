"""The families of networks that torchvision publishes beside the ResNets, with the sizes of their files and of one pass."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A network with ImageNet weights of torchvision.

    name: torchvision's. size: what tells it from the others of its family. mebibytes: of its file. giga: billions of
    multiplications of one pass. side: pixels of its input.
    """

    family: str
    name: str
    size: str
    mebibytes: float
    giga: float
    side: int = 224

    @property
    def title(self) -> str:
        """The display name, such as "EfficientNet-B0"."""
        return f"{self.family}-{self.size}"


# As torchvision states them; importing it takes longer than a page may take to list them. A new family is a few rows here and,
# where a state dict of it is to be known by its shapes, a name in lrp.models.architectures.torchvision_shapes.
_ROWS = (
    ("VGG", "vgg11", "11", 506.84, 7.609), ("VGG", "vgg11_bn", "11-BN", 506.881, 7.609), ("VGG", "vgg13", "13", 507.545, 11.308),
    ("VGG", "vgg13_bn", "13-BN", 507.59, 11.308), ("VGG", "vgg16_bn", "16-BN", 527.866, 15.47),
    ("VGG", "vgg19", "19", 548.051, 19.632), ("VGG", "vgg19_bn", "19-BN", 548.143, 19.632),
    ("EfficientNet", "efficientnet_b0", "B0", 20.451, 0.386), ("EfficientNet", "efficientnet_b1", "B1", 30.134, 0.687, 240),
    ("EfficientNet", "efficientnet_b2", "B2", 35.174, 1.088, 288), ("EfficientNet", "efficientnet_b3", "B3", 47.184, 1.827, 300),
    ("EfficientNet", "efficientnet_b4", "B4", 74.489, 4.394, 380),
    ("EfficientNet", "efficientnet_b5", "B5", 116.864, 10.266, 456),
    ("EfficientNet", "efficientnet_b6", "B6", 165.362, 19.068, 528),
    ("EfficientNet", "efficientnet_b7", "B7", 254.675, 37.746, 600),
    ("EfficientNet", "efficientnet_v2_s", "V2-S", 82.704, 8.366, 384),
    ("EfficientNet", "efficientnet_v2_m", "V2-M", 208.01, 24.582, 480),
    ("EfficientNet", "efficientnet_v2_l", "V2-L", 454.573, 56.08, 480),
    ("MobileNet", "mobilenet_v2", "V2", 13.555, 0.301), ("MobileNet", "mobilenet_v3_small", "V3-Small", 9.829, 0.057),
    ("MobileNet", "mobilenet_v3_large", "V3-Large", 21.114, 0.217),
    ("RegNet", "regnet_x_400mf", "X-400MF", 21.258, 0.414), ("RegNet", "regnet_x_800mf", "X-800MF", 27.945, 0.8),
    ("RegNet", "regnet_x_1_6gf", "X-1.6GF", 35.339, 1.603), ("RegNet", "regnet_x_3_2gf", "X-3.2GF", 58.756, 3.177),
    ("RegNet", "regnet_x_8gf", "X-8GF", 151.456, 7.995), ("RegNet", "regnet_y_400mf", "Y-400MF", 16.806, 0.402),
    ("RegNet", "regnet_y_800mf", "Y-800MF", 24.774, 0.834), ("RegNet", "regnet_y_1_6gf", "Y-1.6GF", 43.152, 1.612),
    ("RegNet", "regnet_y_3_2gf", "Y-3.2GF", 74.567, 3.176), ("RegNet", "regnet_y_8gf", "Y-8GF", 150.701, 8.473),
    ("ConvNeXt", "convnext_tiny", "Tiny", 109.119, 4.456), ("ConvNeXt", "convnext_small", "Small", 191.703, 8.684),
    ("ConvNeXt", "convnext_base", "Base", 338.064, 15.355),
    ("DenseNet", "densenet121", "121", 30.845, 2.834), ("DenseNet", "densenet161", "161", 110.369, 7.728),
    ("DenseNet", "densenet169", "169", 54.708, 3.36), ("DenseNet", "densenet201", "201", 77.373, 4.291),
    ("ViT", "vit_b_16", "B/16", 330.285, 17.564), ("ViT", "vit_b_32", "B/32", 336.604, 4.409),
    ("ViT", "vit_l_16", "L/16", 1161.023, 61.555), ("ViT", "vit_l_32", "L/32", 1169.449, 15.378),
    ("Swin", "swin_t", "T", 108.19, 4.491), ("Swin", "swin_s", "S", 189.786, 8.741), ("Swin", "swin_b", "B", 335.364, 15.431),
    ("Swin", "swin_v2_t", "V2-T", 108.626, 5.94, 256), ("Swin", "swin_v2_s", "V2-S", 190.675, 11.546, 256),
    ("Swin", "swin_v2_b", "V2-B", 336.372, 20.325, 256),
)  # fmt: skip

PUBLISHED = {row[1]: Published(*row) for row in _ROWS}  # torchvision's name -> the network
