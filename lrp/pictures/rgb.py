"""Converts a picture of any Pillow mode to RGB in sRGB."""

import logging
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from lrp.pictures import cicp as colours

CICP = "cicp"  # key of `picture.info` for the (primaries, transfer) numbers of ITU-T H.273

_log = logging.getLogger(__name__)


def to_rgb(picture: Image.Image) -> Image.Image:
    """Returns a new RGB image of the same size as `picture`, which may have any Pillow mode.

    Colours with CICP numbers or an ICC profile are converted to sRGB; transparent parts lie on white; 16-bit integers are
    divided by 257, floats in 0..1 multiplied by 255.
    """
    if picture.mode == "F" or picture.mode.startswith("I"):
        picture = _to_eight_bits(picture)
    if picture.mode in ("1", "P", "PA") or picture.has_transparency_data:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode == "LAB":
        picture = _lab_to_rgb(picture)
    picture = _to_srgb(picture)
    canvas = Image.new("RGB", picture.size, "white")
    canvas.paste(picture.convert("RGB"), mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return canvas


def _lab_to_rgb(picture: Image.Image) -> Image.Image:
    """A LAB picture in sRGB."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.applyTransform(picture, ImageCms.buildTransform(lab, srgb, "LAB", "RGB")) or picture


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of greys as L, or LA where one grey is declared transparent. Pillow's own conversion clips at 255."""
    values = np.array(picture, dtype=np.float32)
    opaque = values != picture.info["transparency"] if "transparency" in picture.info else None
    values *= 255 if picture.mode == "F" else 1 / 257
    np.rint(np.nan_to_num(values, copy=False).clip(0, 255, out=values), out=values)
    grey = Image.fromarray(values.astype(np.uint8))
    if opaque is not None:
        grey.putalpha(Image.fromarray(opaque))
    grey.info |= {name: picture.info.get(name) for name in ("icc_profile", CICP)}
    return grey


def _to_srgb(picture: Image.Image) -> Image.Image:
    """The picture converted by its CICP numbers, else by its ICC profile; unchanged if it has neither, or a broken profile."""
    if numbers := picture.info.get(CICP):
        return colours.to_srgb(picture, *numbers)
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    srgb = ImageCms.createProfile("sRGB")
    try:
        return ImageCms.profileToProfile(picture, BytesIO(profile), srgb, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        _log.info("colour profile ignored: %s", type(error).__name__)
        return picture
