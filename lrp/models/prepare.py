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
    size, (left, top) = _scaled(picture.size, height, width, margin)
    return picture.resize(size, resample).crop((left, top, left + width, top + height))


def part_seen(size: tuple[int, int], height: int, width: int, margin: int) -> tuple[float, float, float, float]:
    """Returns what `cut_out` leaves of a picture of that size (width, height): left, top, right and bottom in its pixels."""
    (wide, tall), (left, top) = _scaled(size, height, width, margin)
    across, down = size[0] / wide, size[1] / tall
    return left * across, top * down, (left + width) * across, (top + height) * down


def _scaled(size: tuple[int, int], height: int, width: int, margin: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The width and height to which a picture of that size is scaled, and the left and top of what is cut out of it then."""
    shorter = min(height, width)
    tall, wide = (height, width) if not margin else (round(side * (shorter + margin) / shorter) for side in (height, width))
    # The side that decides the scale has its length exactly; the other follows, rounded down as in torchvision.
    if size[0] * tall <= size[1] * wide:
        scaled = (wide, max(height, int(wide * size[1] / size[0])))
    else:
        scaled = (max(width, int(tall * size[0] / size[1])), tall)
    return scaled, (round((scaled[0] - width) / 2), round((scaled[1] - height) / 2))


def as_values(picture: Image.Image) -> Tensor:
    """Returns the values of a picture in 0..1, of shape (1, C, H, W)."""
    pixels = np.array(picture)
    return torch.from_numpy(pixels if pixels.ndim == 3 else pixels[..., None]).permute(2, 0, 1)[None].float() / 255


def as_picture(values: Tensor) -> Image.Image:
    """Returns the RGB picture of values in 0..1, of shape (1, C, H, W); values outside are clipped, transparency is dropped."""
    pixels = (values[0] * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels[..., :3] if pixels.shape[-1] > 1 else np.repeat(pixels, 3, axis=-1))
