"""Turns pictures into the input of a network, and back."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lrp.pictures.rgb import to_rgb

MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # channels of a network -> the mode of its pictures


def in_channels(picture: Image.Image, channels: int) -> Image.Image:
    """Returns the picture in grey, in RGB, or in RGB with its transparency, by the number of channels."""
    if channels == 4 and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info):
        return picture.convert("RGBA")
    if channels == 4:
        return to_rgb(picture).convert("RGBA")
    rgb = picture if picture.mode == "RGB" else to_rgb(picture)
    return rgb if channels == 3 else rgb.convert("L")


def cut_out(picture: Image.Image, height: int, width: int, margin: int, resample: Image.Resampling) -> Image.Image:
    """Returns the centre of a picture, scaled so that it covers height x width, `margin` longer on the shorter side."""
    shorter = min(height, width)
    tall, wide = (height, width) if not margin else (round(side * (shorter + margin) / shorter) for side in (height, width))
    # The side that decides the scale has its length exactly; the other follows, rounded down as in torchvision.
    if picture.width * tall <= picture.height * wide:
        size = (wide, max(height, int(wide * picture.height / picture.width)))
    else:
        size = (max(width, int(tall * picture.width / picture.height)), tall)
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return picture.resize(size, resample).crop((left, top, left + width, top + height))


def as_values(picture: Image.Image) -> Tensor:
    """Returns the values of a picture in 0..1, of shape (1, C, H, W)."""
    pixels = np.array(picture)
    return torch.from_numpy(pixels if pixels.ndim == 3 else pixels[..., None]).permute(2, 0, 1)[None].float() / 255


def as_picture(values: Tensor) -> Image.Image:
    """Returns the RGB picture of values in 0..1, of shape (1, C, H, W); values outside are clipped, transparency is dropped."""
    pixels = (values[0] * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels[..., :3] if pixels.shape[-1] > 1 else np.repeat(pixels, 3, axis=-1))
