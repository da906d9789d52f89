"""Loads photos in class folders as tensors, and augments them in batches."""

import math
from operator import itemgetter
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from lrp._torchvision import torchvision

SIZE = 160
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")


def load_photos(folder: Path) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Returns the photos of `folder`/<class>/ as uint8 (N, 3, 160, 160), their class indices (N,), and the class names.

    Classes are the sorted folder names with spaces for underscores. Raises ValueError if there is no photo.
    """
    classes = sorted((entry.name for entry in folder.iterdir() if entry.is_dir()), key=str.lower)
    labels = {name: label for label, name in enumerate(classes)}
    read = torchvision.datasets.folder.make_dataset
    found = read(str(folder), labels, PHOTO_SUFFIXES, allow_empty=True) if labels else []
    paths = sorted(found, key=itemgetter(1))
    if not paths:
        raise ValueError(f"no photos in {folder}; it must hold one folder for each class")
    photos = torch.empty(len(paths), 3, SIZE, SIZE, dtype=torch.uint8)
    for photo, (path, _) in zip(photos, paths, strict=True):
        with Image.open(path) as picture:
            photo.copy_(torchvision.transforms.functional.pil_to_tensor(_centre_square(picture.convert("RGB"))))
    return photos, torch.tensor([label for _, label in paths]), tuple(name.replace("_", " ") for name in classes)


def _centre_square(picture: Image.Image) -> Image.Image:
    """The centre of the picture, SIZE x SIZE, after its shorter side is resized to SIZE."""
    functional = torchvision.transforms.functional
    square: Image.Image = functional.center_crop(functional.resize(picture, SIZE, antialias=True), SIZE)
    return square


def normalize_photos(photos: Tensor) -> Tensor:
    """Returns uint8 photos (N, 3, H, W) as float32, normalized by ImageNet's mean and standard deviation."""
    mean, std = (torch.tensor(v, device=photos.device).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (photos.float() / 255 - mean) / std


def augment(photos: Tensor, size: int) -> Tensor:
    """Returns a random view of each photo, normalized, (N, 3, size, size): crop to 0.35..1 of the area, flip, tilt, colour."""
    n, device = len(photos), photos.device
    area, stretch, tilt = (torch.rand(n, device=device) for _ in range(3))
    scale = (0.35 + 0.65 * area).sqrt()
    ratio = torch.exp((2 * stretch - 1) * math.log(4 / 3) / 2)
    across, down = (scale * ratio).clamp(max=1), (scale / ratio).clamp(max=1)
    angle = (2 * tilt - 1) * math.radians(10)
    flip = 1 - 2 * torch.randint(0, 2, (n,), device=device)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 1] = across * angle.cos() * flip, -down * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = across * angle.sin() * flip, down * angle.cos()
    theta[:, 0, 2], theta[:, 1, 2] = ((2 * torch.rand(n, device=device) - 1) * (1 - side) for side in (across, down))
    grid = F.affine_grid(theta, [n, 3, size, size], align_corners=False)
    views = F.grid_sample(normalize_photos(photos), grid, padding_mode="reflection", align_corners=False)
    grey = views.mean(1, keepdim=True)
    contrast, colour, light = (torch.empty(n, 1, 1, 1, device=device).uniform_(-r, r) for r in (0.3, 0.4, 0.3))
    return (grey + (views - grey) * (1 + colour)) * (1 + contrast) + light


def cutmix(views: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, float]:
    """CutMix: replaces a random square of each view by another's  [Yun et al. 2019]; returns views, other labels, own share."""
    share = float(torch.rand(()))
    size = views.shape[-1]
    side = int(size * math.sqrt(1 - share))
    top, left = (int(torch.randint(0, size - side + 1, ())) for _ in range(2))
    other = torch.randperm(len(views), device=views.device)
    mixed = views.clone()
    mixed[..., top : top + side, left : left + side] = views[other][..., top : top + side, left : left + side]
    return mixed, labels[other], 1 - (side / size) ** 2
