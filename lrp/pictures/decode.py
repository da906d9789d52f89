"""From the bytes of a file that a stranger chose to an RGB picture, or to one plain sentence that says what to do."""

import logging
from functools import cache
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image

from lrp.pictures import tiff
from lrp.pictures.complaints import TRY_AGAIN, complaint
from lrp.pictures.file_kinds import kind_of, numbered_colours
from lrp.pictures.rgb import NUMBERED, to_rgb

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
MAX_MEGAPIXELS = 40
MAX_SIDE = 12_000
MAX_ASPECT = 20
ENOUGH = 1024  # pixels of the shorter side: several times the input of any network here
NO_MEMORY = "This picture needs more memory than is free now; make it smaller and try again."

_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK")  # modes whose pixels can be averaged as they are

_UPRIGHT = {  # what undoes an orientation of EXIF
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
    """A picture or a link that cannot be used; its message is one plain sentence with a way on, fit for the page."""


def decode(data: bytes) -> Image.Image:
    """The picture in the bytes of a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP file, as an upright RGB image in sRGB.

    Of an animation the first frame, of a document the first page; transparent parts lie on white; 16-bit values are scaled
    to 8 bits over their full range. Other colours (Display P3, BT.2020, HDR, an ICC profile) come out as a browser shows
    them; for HDR see `lrp.pictures.colour_profiles.in_srgb`. Upright is what EXIF says, and not XMP, again as in a browser.
    A picture whose shorter side has 2048 pixels or more is reduced by a whole factor, to 1024 or more.
    Nothing else of the file is kept: no EXIF, no position, no text.

    Raises InputError, and nothing else, for an empty file, another format, damage, and a picture of more than 40
    megapixels, 12,000 pixels a side or 20 times as long as it is wide; the size is judged before a pixel is decoded.
    What a stranger sent goes through `lrp.decode_image`, for a decoder can take long over a small file, or crash.
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
        raise InputError(complaint(data)) from None


def _decode(data: bytes) -> Image.Image:
    kind = kind_of(data)
    if kind == "HEIC":
        _use_libheif()
    if kind == "TIFF" and (head := tiff.head(data)) and head.is_camera_raw:
        raise InputError(complaint(data))
    if kind == "AVIF" and data[8:12] != b"avis":  # Pillow looks at the first brand alone, and AVIF may be a later one
        data = data[:8] + b"avif" + data[12:]
    with Image.open(BytesIO(data), formats=[name for name in FORMATS if name != "HEIF" or kind == "HEIC"]) as opened:
        _check_size(*opened.size)
        opened.draft("RGB", (ENOUGH, ENOUGH))
        opened.info.pop("xmp", None)  # a TIFF is turned while it is loaded
        opened.load()
        _check_size(*opened.size)  # a frame may be larger than the file's head says
        picture = _upright(_scaled(opened, data) if opened.format == "TIFF" else opened)
        if (numbers := numbered_colours(data)) and (kind == "PNG" or not picture.info.get("icc_profile")):
            picture.info |= {"icc_profile": None, NUMBERED: numbers}
        # Reduced first where that is the same, for the steps after it need memory for every pixel.
        if picture.mode in _REDUCIBLE and "transparency" not in picture.info:
            return to_rgb(_reduced(picture))
        return _reduced(to_rgb(picture))


@cache
def _use_libheif() -> None:
    """Makes Pillow read HEIC. Only then is libheif loaded, which is large, and with one thread, for each needs memory."""
    try:
        import pillow_heif
    except ImportError:
        told = "This is a HEIC picture, as iPhones take, and pillow-heif, which reads it, is not installed here"
        raise InputError(f"{told}; {TRY_AGAIN}.") from None
    pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


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


def _upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says; Pillow's own way goes by XMP, too, which no browser does."""
    try:
        exif = Image.Exif()
        exif.load(_exif(picture))
        turn = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation, 1))
    except Exception as error:  # broken metadata is no reason to refuse a sound picture
        _log.info("orientation ignored: %s", type(error).__name__)
        return picture
    return picture if turn is None else picture.transpose(turn)


def _exif(picture: Image.Image) -> bytes:
    if "exif" in picture.info:
        return picture.info["exif"]
    written = picture.info.get("Raw profile type exif", "")  # in a PNG, as ImageMagick writes it
    return bytes.fromhex("".join(written.split("\n")[3:]))


def _scaled(picture: Image.Image, data: bytes) -> Image.Image:
    """A TIFF with greys over the full range of its mode and with 0 for black; Pillow gives the values as they are stored."""
    head = tiff.head(data)
    if head is None or not (picture.mode == "F" or picture.mode.startswith("I")):
        return picture
    values = np.array(picture)
    if not picture.mode.startswith("I;") and (refused := tiff.objection(values)):
        raise InputError(refused)
    if head.first(tiff.BITS) == 12:
        values = values * 16 + values // 256
    if head.first(tiff.PHOTOMETRIC, 1) == 0:
        values = (1 if picture.mode == "F" else 65535) - values
    scaled = Image.fromarray(values)
    scaled.info = picture.info
    return scaled


def _reduced(picture: Image.Image) -> Image.Image:
    factor = min(picture.size) // ENOUGH
    return picture.reduce(factor) if factor > 1 else picture
