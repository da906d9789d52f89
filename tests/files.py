"""Pictures as files for tests, those among them that Pillow would not write."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from lrp.pictures.decode import InputError
from lrp.pictures.decode import decode as decode_image
from tests.png_file import png_file

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATION = 0x0112


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def photo(width: int = 48, height: int = 32) -> Image.Image:
    """Smooth colours, so that no lossy format strays far, and no symmetry."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return Image.fromarray((np.stack([x, y, 1 - x * y], axis=-1) * 255).astype(np.uint8))


def png(width: int, height: int, depth: int = 8, colour: int = 2, data: bytes = b"", **chunks: bytes) -> bytes:
    """A PNG written by hand: what Pillow would not write."""
    return png_file(width, height, zlib.compress(data), depth, colour, **chunks)


def difference(one: Image.Image, other: Image.Image) -> int:
    assert one.size == other.size
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as refused:
        decode_image(data)
    return str(refused.value)


def profile(swap: bool = False) -> bytes:
    """An sRGB profile; with `swap` one that takes red for blue."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ") if swap else data
