"""Sound pictures of every accepted format, small and as different as the format allows: what the fuzz test damages."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from lrp.pictures.decode import FORMATS

SIZE = (24, 16)
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)  # writes HEIC, too


def seeds() -> dict[str, list[bytes]]:
    """Format -> whole files, the same ones every time."""
    return {kind: [_file(picture, kind, options) for picture, options in _VARIANTS[kind]()] for kind in FORMATS}


def photo(*size: int) -> Image.Image:
    """Smooth colours with some noise, RGB."""
    width, height = size or SIZE
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    noise = np.random.default_rng(0).integers(-9, 10, (height, width, 3))
    return Image.fromarray((np.stack([x, y, 1 - x * y], axis=-1) * 255 + noise).clip(0, 255).astype(np.uint8))


Variants = Iterator[tuple[Image.Image, dict[str, Any]]]


def _file(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _translucent() -> Image.Image:
    picture = photo().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(SIZE))
    return picture


def _extras() -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    return {"exif": exif, "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}


def _frames() -> dict[str, Any]:
    return {"save_all": True, "append_images": [photo().rotate(90), photo().rotate(180)], "duration": 50}


def _jpeg() -> Variants:
    yield photo(), {}
    yield photo(), {"progressive": True, "quality": 95}
    yield photo().convert("L"), {"restart_marker_blocks": 2}
    yield photo().convert("CMYK"), {"optimize": True}
    yield photo(), _extras()


def _png() -> Variants:
    yield photo(), {}
    yield photo().convert("1"), {}
    yield photo().convert("P"), {"transparency": 3}
    yield _translucent(), _extras()
    yield Image.fromarray(np.arange(24 * 16, dtype=np.uint16).reshape(16, 24) * 150), {}
    yield photo(), _frames()


def _webp() -> Variants:
    yield photo(), {}
    yield _translucent(), {"lossless": True}
    yield _translucent(), _extras()
    yield photo(), _frames()


def _avif() -> Variants:
    yield photo(), {"speed": 10}
    yield _translucent(), {"speed": 10, "subsampling": "4:4:4"}
    yield photo(), {"speed": 10, **_extras()}
    yield photo(), {"speed": 10, **_frames()}


def _heif() -> Variants:
    yield photo(64, 64), {}
    yield photo(64, 64).convert("L"), _extras()
    yield photo(160, 96), {"tile_size": 64}
    yield photo(64, 64), {"save_all": True, "append_images": [photo(64, 64).rotate(90)]}


def _tiff() -> Variants:
    yield photo(), {}
    yield photo(), {"compression": "tiff_lzw", **_extras()}
    yield photo().convert("CMYK"), {"compression": "tiff_adobe_deflate"}
    yield photo().convert("P"), {"big_tiff": True}
    yield photo().convert("1"), {"compression": "group4"}
    yield photo(), {"compression": "jpeg"}
    yield Image.fromarray(np.arange(24 * 16, dtype=np.uint16).reshape(16, 24) * 150), {}
    yield Image.fromarray(np.arange(24 * 16, dtype=np.float32).reshape(16, 24) / 400), {}
    yield photo(), {"save_all": True, "append_images": [photo().rotate(90)]}


def _gif() -> Variants:
    yield photo(), {}
    yield photo().convert("P"), {"transparency": 2, "interlace": 1, "comment": b"a comment"}
    yield photo(), _frames()


def _bmp() -> Variants:
    yield photo(), {}
    yield photo().convert("P"), {}
    yield photo().convert("1"), {}
    yield _translucent(), {}


_VARIANTS = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp, "AVIF": _avif, "HEIF": _heif, "TIFF": _tiff, "GIF": _gif, "BMP": _bmp}
