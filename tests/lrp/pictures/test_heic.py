"""HEIC, as phones take it: decoded, turned, cut short, or without its library."""

import sys

import pillow_heif
import pytest
from PIL import Image

from lrp.pictures import decode as images
from lrp.pictures.decode import decode as decode_image
from tests.files import difference, encoded, photo, refusal

pillow_heif.register_heif_opener(decode_threads=1)  # writes HEIC, too


@pytest.mark.parametrize("options", [{}, {"tile_size": 64}, {"chroma": 444}])
def test_heic_is_decoded(options: dict[str, object]) -> None:
    assert difference(decode_image(encoded(photo(160, 96), "HEIF", quality=95, **options)), photo(160, 96)) <= 24


def test_heic_is_turned_as_its_box_says_and_not_by_exif() -> None:
    stored, exif = photo(96, 64).transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6
    turned = encoded(stored, "HEIF", quality=95, exif=exif.tobytes())
    assert difference(decode_image(turned), photo(96, 64)) <= 24
    at = turned.index(b"irot") + 4
    not_turned = turned[:at] + b"\0" + turned[at + 1 :]  # EXIF still says 6
    assert difference(decode_image(not_turned), stored) <= 24


@pytest.mark.parametrize("share", [0.1, 0.6, 0.95])
def test_heic_or_tiff_cut_short_is_told_as_such(share: float) -> None:
    noise = Image.effect_noise((128, 96), 80).convert("RGB")
    for format, name in (("HEIF", "HEIC"), ("TIFF", "TIFF")):
        whole = encoded(noise, format)
        told = refusal(whole[: int(len(whole) * share)])
        assert told.startswith(f"This {name} ")
        assert "damaged" in told


def test_heic_without_its_library_is_told_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    images._use_libheif.cache_clear()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert refusal(encoded(photo(64, 64), "HEIF")).startswith("This is a HEIC picture, as iPhones take, and pillow-heif")
    images._use_libheif.cache_clear()
