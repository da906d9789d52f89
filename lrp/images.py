"""From the bytes of a file that a stranger chose to an RGB picture, or to one plain sentence that says what to do."""

import logging
import re
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
MAX_MEGAPIXELS = 40
MAX_SIDE = 12_000
MAX_ASPECT = 20
ENOUGH = 1024  # pixels of the shorter side: several times the input of any network here
NO_MEMORY = "This picture needs more memory than is free now; make it smaller and try again."

_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK")  # modes whose pixels can be averaged as they are

_log = logging.getLogger(__name__)

# Judged by the first bytes: a file's name and declared type are only claims.
_SUPPORTED = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n",
    "WebP": rb"RIFF.{4}WEBP",
    "AVIF": rb".{4}ftypavi[fs]",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{4}\0{4}",
}
_UNSUPPORTED = {
    "HEIC": rb".{4}ftyp(?:hei|hev|mif1|msf1)",
    "SVG": rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?xml|<!--|<!DOCTYPE svg).*)?<svg",
    "PDF": rb"%PDF-",
    "a camera raw file": rb".{4}ftypcrx|FUJIFILMCCD-RAW|IIU\0|IIR[OS]|II\*\0.{4}CR",
    "TIFF or camera raw": rb"II[*+]\0|MM\0[*+]",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "JPEG XL": rb"\0\0\0\x0cJXL |\xff\x0a",
    "a Photoshop file": rb"8BPS",
    "an icon file": rb"\0\0[\1\2]\0",
    "PostScript": rb"%!PS",
    "a video": rb".{4}ftyp|\x1a\x45\xdf\xa3",
}


class InputError(ValueError):
    """A picture or a link that cannot be used; its message is one plain sentence with a way on, fit for the page."""


def decode(data: bytes) -> Image.Image:
    """The picture in the bytes of a JPEG, PNG, WebP, AVIF, GIF or BMP file, as an upright RGB image in sRGB.

    Of an animation the first frame; transparent parts lie on white; 16-bit values are scaled to 8 bits over their full
    range. A picture whose shorter side has 2048 pixels or more is reduced by a whole factor, to 1024 or more.
    Nothing else of the file is kept: no EXIF, no position, no text.

    Raises InputError, and nothing else, for an empty file, another format, damage, and a picture of more than 40
    megapixels, 12,000 pixels a side or 20 times as long as it is wide; the size is judged before a pixel is decoded.
    What a stranger sent goes through `lrp.isolated.decode_image`, for a decoder can take long over a small file, or crash.
    """
    if not data:
        raise InputError("This file is empty; choose the picture again, or try one of the samples.")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            _check_size(*picture.size)
            picture.draft("RGB", (ENOUGH, ENOUGH))
            picture.load()
            _check_size(*picture.size)  # a frame may be larger than the file's head says
            _turn_upright(picture)
            # Reduced first where that is the same, for the steps after it need memory for every pixel.
            if picture.mode in _REDUCIBLE and "transparency" not in picture.info:
                return to_rgb(_reduced(picture))
            return _reduced(to_rgb(picture))
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(_too_large(f"has more than {(Image.MAX_IMAGE_PIXELS or 0) // 10**6} megapixels")) from None
    except MemoryError:
        raise InputError(NO_MEMORY) from None
    except Exception as error:  # decoders raise whatever a broken header leads them to
        _log.info("picture refused: %s", type(error).__name__)
        raise InputError(complaint(data)) from None


def to_rgb(picture: Image.Image) -> Image.Image:
    """A new RGB image of the same size as `picture`, of any Pillow mode: in sRGB where an ICC profile says from what,
    transparent parts on white, integers of 16 bits divided by 257, floats in 0..1 multiplied by 255."""
    if picture.mode == "F" or picture.mode.startswith("I"):
        picture = _eight_bit(picture)
    if picture.mode in ("1", "P", "PA") or picture.has_transparency_data:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture = _in_srgb(picture)
    canvas = Image.new("RGB", picture.size, "white")
    canvas.paste(picture.convert("RGB"), mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return canvas


def _check_size(width: int, height: int) -> None:
    long, short = max(width, height), max(1, min(width, height))
    if width * height > MAX_MEGAPIXELS * 10**6 or long > MAX_SIDE:
        raise InputError(_too_large(f"measures {width:,} x {height:,} pixels"))
    if long > MAX_ASPECT * short:
        raise InputError(
            f"This picture measures {width:,} x {height:,} pixels, and one side may be at most {MAX_ASPECT} times the "
            "other; crop it and try again."
        )


def _too_large(size: str) -> str:
    limit = f"{MAX_MEGAPIXELS} megapixels and {MAX_SIDE:,} pixels a side"
    return f"This picture {size}, and the limit is {limit}; make it smaller and try again."


def complaint(data: bytes) -> str:
    """What to say of bytes that no decoder could make a picture of."""
    head = data[:1024]
    for name, signature in _SUPPORTED.items():
        if re.match(signature, head, re.DOTALL):
            return f"This {name} picture is damaged or incomplete; save or download it again, or try another one."
    for name, signature in _UNSUPPORTED.items():
        if re.match(signature, head, re.DOTALL):
            return f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG and try again."
    return "This file is not a picture that we can read; choose a JPEG, PNG, WebP, AVIF, GIF or BMP file."


def _turn_upright(picture: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(picture, in_place=True)  # in place: turned even if rewriting the other tags then fails
    except Exception as error:  # broken metadata is no reason to refuse a sound picture
        _log.info("orientation ignored: %s", type(error).__name__)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """L, or LA where one grey is declared transparent; Pillow's own conversion clips at 255."""
    values = np.array(picture, dtype=np.float32)
    opaque = values != picture.info["transparency"] if "transparency" in picture.info else None
    values *= 255 if picture.mode == "F" else 1 / 257
    np.rint(np.nan_to_num(values, copy=False).clip(0, 255, out=values), out=values)
    grey = Image.fromarray(values.astype(np.uint8))
    if opaque is not None:
        grey.putalpha(Image.fromarray(opaque))
    grey.info["icc_profile"] = picture.info.get("icc_profile")
    return grey


def _in_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    mode, srgb = "RGBA" if picture.mode == "RGBA" else "RGB", ImageCms.createProfile("sRGB")
    try:
        return ImageCms.profileToProfile(picture, BytesIO(profile), srgb, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        _log.info("colour profile ignored: %s", type(error).__name__)
        return picture


def _reduced(picture: Image.Image) -> Image.Image:
    factor = min(picture.size) // ENOUGH
    return picture.reduce(factor) if factor > 1 else picture
