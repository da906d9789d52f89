"""The metadata boxes of AVIF and HEIC: read, also where they are cut or damaged, and in bounded time."""

import struct

import pillow_heif
import pytest
from PIL import Image

from lrp.pictures import boxes
from tests.files import encoded

pillow_heif.register_heif_opener(decode_threads=1)  # writes HEIC, too

PICTURE = Image.new("RGB", (64, 64), (200, 100, 50))


def test_the_boxes_of_a_sequence_and_of_one_picture_are_read() -> None:
    sequence = encoded(PICTURE, "AVIF", save_all=True, append_images=[PICTURE.rotate(90)])
    for whole, item in ((sequence, "av01"), (encoded(PICTURE, "AVIF"), "av01"), (encoded(PICTURE, "HEIF"), "hvc1")):
        found = boxes.contents(whole)
        assert (found.item, found.bits, found.cut) == (item, 8, False)
        assert found.colours == (1, 13)
        assert boxes.contents(whole[:-5]).cut


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_boxes_cut_or_damaged_anywhere_are_read_without_an_error(format: str) -> None:
    whole = encoded(PICTURE, format)
    for end in range(len(whole)):
        assert boxes.contents(whole[:end])
    for at in range(min(len(whole), 700)):
        for value in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x01"):
            assert boxes.contents(whole[:at] + value + whole[at + 4 :])


def test_ten_megabytes_of_boxes_are_read_in_bounded_time() -> None:
    flood = encoded(PICTURE, "AVIF")[:36] + struct.pack(">I4s", 8, b"free") * 1_200_000
    assert boxes.contents(flood).colours is None
