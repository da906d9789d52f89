"""Decodes an untrusted picture file to RGB, or raises InputError with a sentence that says what to do."""

import logging
import math
from functools import cache
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image

from lrp.pictures import tiff
from lrp.pictures.failure_message import TRY_AGAIN, failure_message
from lrp.pictures.file_kinds import cicp_numbers, kind_of
from lrp.pictures.rgb import CICP, to_rgb

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
MAX_MEGAPIXELS = 40
MAX_SIDE = 12_000
MAX_ASPECT = 20
REDUCED_SIDE = 1024  # pixels of the shorter side, down to which large pictures are reduced; no network here sees as many
MAX_KEPT_PIXELS = 12_000_000  # of a picture after reducing, which bounds the memory that a panorama takes
NO_MEMORY = "This picture needs more memory than is free now; make it smaller and try again."

_REDUCIBLE_MODES = ("L", "LA", "RGB", "RGBA", "CMYK")  # modes whose pixels can be averaged without conversion

_TRANSPOSES = {  # EXIF orientation -> the operation that undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_log = logging.getLogger(__name__)


class InputError(ValueError):
    """A picture or a link that cannot be used; the message is one plain sentence with a remedy, fit for the page."""


def decode(data: bytes) -> Image.Image:
    """Returns the picture in a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP file as an upright RGB image in sRGB.

    Of an animation the first frame, of a document the first page; transparent parts lie on white; 16-bit values are scaled
    to 8 bits over their full range. Other colours (Display P3, BT.2020, HDR, an ICC profile) come out as a browser shows
    them; for HDR see `lrp.pictures.cicp.to_srgb`. Upright is what EXIF says, and not XMP, again as in a browser.
    A picture whose shorter side has 2048 pixels or more is reduced by a whole factor, to 1024 or more; one that has more
    than 12 megapixels after that, such as a long panorama, by the smallest whole factor that leaves no more.
    No metadata is kept: no EXIF, no location, no text.

    Raises InputError, and nothing else, for an empty file, another format, damage, and a picture of more than 40
    megapixels, 12,000 pixels a side or 20 times as long as it is wide; the size is checked before a pixel is decoded.
    Untrusted files go through `lrp.decode_image`, because a decoder can take long over a small file, or crash.
    """
    if not data:
        raise InputError("This file is empty; choose the picture again, or try one of the samples.")
    try:
        return _decode(data)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(_too_large(f"has more than {(Image.MAX_IMAGE_PIXELS or 0) // 10**6} megapixels")) from None
    except MemoryError:
        raise InputError(NO_MEMORY) from None
    except Exception as error:  # decoders raise whatever a broken header leads them to
        _log.info("picture refused: %s", type(error).__name__)
        raise InputError(failure_message(data)) from None


def _decode(data: bytes) -> Image.Image:
    """The same as `decode`; raises whatever the decoders raise."""
    kind = kind_of(data)
    if kind == "HEIC":
        _use_libheif()
    if kind == "TIFF" and (head := tiff.read_tiff_header(data)) and head.is_camera_raw:
        raise InputError(failure_message(data))
    if kind == "AVIF" and data[8:12] != b"avis":  # Pillow checks only the first brand, but AVIF may be a later one
        data = data[:8] + b"avif" + data[12:]
    with Image.open(BytesIO(data), formats=[name for name in FORMATS if name != "HEIF" or kind == "HEIC"]) as opened:
        _check_size(*opened.size)
        opened.draft("RGB", (REDUCED_SIDE, REDUCED_SIDE))
        opened.info.pop("xmp", None)  # or Pillow turns a TIFF by it while loading
        opened.load()
        _check_size(*opened.size)  # a frame may be larger than the file's head says
        picture = _turned_upright(_tiff_greys(opened, data) if opened.format == "TIFF" else opened)
        if (numbers := cicp_numbers(data)) and (kind == "PNG" or not picture.info.get("icc_profile")):
            picture.info |= {"icc_profile": None, CICP: numbers}
        # Reduced first where the result is the same: the later steps need memory for every pixel.
        if picture.mode in _REDUCIBLE_MODES and "transparency" not in picture.info:
            return to_rgb(_reduce(picture))
        return _reduce(to_rgb(picture))


@cache
def _use_libheif() -> None:
    """Registers the HEIC decoder with Pillow. Called only when needed, because libheif is large; one thread, to save memory."""
    try:
        import pillow_heif
    except ImportError:
        told = "This is a HEIC picture, as iPhones take, and pillow-heif, which reads it, is not installed here"
        raise InputError(f"{told}; {TRY_AGAIN}.") from None
    pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def _check_size(width: int, height: int) -> None:
    """Raises InputError for too many pixels, too long a side, or too narrow a picture."""
    long, short = max(width, height), max(1, min(width, height))
    if width * height > MAX_MEGAPIXELS * 10**6 or long > MAX_SIDE:
        raise InputError(_too_large(f"measures {width:,} x {height:,} pixels"))
    if long > MAX_ASPECT * short:
        raise InputError(
            f"This picture measures {width:,} x {height:,} pixels, and one side may be at most {MAX_ASPECT} times the "
            "other; crop it and try again."
        )


def _too_large(size: str) -> str:
    """The sentence for a picture with more pixels than the limit."""
    limit = f"{MAX_MEGAPIXELS} megapixels and {MAX_SIDE:,} pixels a side"
    return f"This picture {size}, and the limit is {limit}; make it smaller and try again."


def _turned_upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says. Not ImageOps.exif_transpose, which also follows XMP; browsers do not."""
    try:
        exif = Image.Exif()
        exif.load(_exif_bytes(picture))
        turn = _TRANSPOSES.get(exif.get(ExifTags.Base.Orientation, 1))
    except Exception as error:  # broken metadata is no reason to refuse a sound picture
        _log.info("orientation ignored: %s", type(error).__name__)
        return picture
    return picture if turn is None else picture.transpose(turn)


def _exif_bytes(picture: Image.Image) -> bytes:
    """The raw EXIF block; empty if there is none."""
    if "exif" in picture.info:
        return bytes(picture.info["exif"])
    written = picture.info.get("Raw profile type exif", "")  # how ImageMagick stores it in a PNG
    return bytes.fromhex("".join(written.split("\n")[3:]))


def _tiff_greys(picture: Image.Image, data: bytes) -> Image.Image:
    """A TIFF with greys scaled to the full range of its mode and 0 as black; Pillow returns the stored values."""
    head = tiff.read_tiff_header(data)
    if head is None or not (picture.mode == "F" or picture.mode.startswith("I")):
        return picture
    values = np.array(picture)
    if not picture.mode.startswith("I;") and (refused := tiff.value_problem(values)):
        raise InputError(refused)
    if head.first(tiff.BITS) == 12:
        values = values * 16 + values // 256
    if head.first(tiff.PHOTOMETRIC, 1) == 0:
        values = (1 if picture.mode == "F" else 65535) - values
    scaled = Image.fromarray(values)
    scaled.info = picture.info
    return scaled


def _reduce(picture: Image.Image) -> Image.Image:
    """The picture averaged over squares of a whole number of pixels, which leave at most MAX_KEPT_PIXELS.

    Its shorter side has 1024 to 2047 pixels then, or fewer if it had fewer or is several times shorter than the longer one.
    """
    factor = max(min(picture.size) // REDUCED_SIDE, math.ceil(math.sqrt(math.prod(picture.size) / MAX_KEPT_PIXELS)))
    return picture.reduce(factor) if factor > 1 else picture
