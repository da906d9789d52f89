"""The kind of a file is told by its bytes."""

import struct

import pytest

from lrp.pictures import file_kinds
from lrp.pictures.decode import decode as decode_image
from tests.files import difference, encoded, photo


@pytest.mark.parametrize("first", [b"mif1", b"miaf", b"avio", b"MA1B", b"1pic"])
def test_an_avif_that_names_its_brand_later_is_decoded(first: bytes) -> None:
    whole = encoded(photo(), "AVIF", quality=95)
    assert difference(decode_image(whole[:8] + first + whole[12:]), photo()) <= 20


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        (b"avif\0\0\0\0", "AVIF"), (b"mif1\0\0\0\0avifmif1", "AVIF"), (b"msf1\0\0\0\0avis", "AVIF"), (b"heic\0\0\0\0", "HEIC"),
        (b"mif1\0\0\0\0mif1heic", "HEIC"), (b"hevc\0\0\0\0", "HEIC"), (b"isom\0\0\0\0avc1", "a video"),
        (b"crx \0\0\0\0isom", "a camera raw file"),
    ],
)  # fmt: skip
def test_the_brands_tell_avif_heic_and_videos_apart(brands: bytes, kind: str) -> None:
    assert file_kinds.kind_of(struct.pack(">I4s", 8 + len(brands), b"ftyp") + brands) == kind
