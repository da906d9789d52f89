"""Which way up a picture comes out: by the orientation in EXIF, never by that in XMP alone."""

import pytest
from PIL import Image, PngImagePlugin

from lrp.pictures.decode import decode as decode_image
from tests.files import difference, encoded, photo

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'


def with_xmp(format: str, orientation: int) -> bytes:
    """A picture whose XMP alone says that it is turned."""
    xmp = XMP % orientation
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return encoded(photo(), "PNG", pnginfo=text)
    if format == "TIFF":
        return encoded(photo(), "TIFF", tiffinfo={700: xmp})
    return encoded(photo(), format, quality=95, xmp=xmp)


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_an_orientation_in_xmp_alone_turns_no_picture(format: str, orientation: int) -> None:
    turned = with_xmp(format, orientation)
    assert b"tiff:Orientation" in turned
    assert difference(decode_image(turned), photo()) <= 20


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_tiff_comes_out_upright(compression: str | None, orientation: int) -> None:
    stored = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)
    picture = photo() if stored is None else photo().transpose(Image.Transpose(stored))
    tagged = encoded(picture, "TIFF", compression=compression, tiffinfo={0x0112: orientation, 700: XMP % 3})
    assert difference(decode_image(tagged), photo()) == 0
