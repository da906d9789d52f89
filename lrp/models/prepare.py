"""Turns pictures into the input of a network, and back."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

CHANNELS = (1, 3, 4)  # of the pictures that a network may take: grey, colours, colours with transparency


def standardised(picture: Image.Image, mean: Tensor, std: Tensor) -> Tensor:
    """Returns (values in 0..1 - mean) / std of a picture, (1, C, H, W) float32. mean, std: (1, C, 1, 1), on the CPU.

    By NumPy: torch would wake its threads for less than they cost.
    """
    pixels = np.array(picture)
    values = (pixels if pixels.ndim == 3 else pixels[..., None]).astype(np.float32)
    values /= 255
    values -= mean.numpy().ravel()
    values /= std.numpy().ravel()
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def as_picture(values: Tensor) -> Image.Image:
    """Returns the RGB picture of values in 0..1, of shape (1, C, H, W); values outside are clipped, transparency is dropped."""
    pixels = (values[0] * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels[..., :3] if pixels.shape[-1] > 1 else np.repeat(pixels, 3, axis=-1))
