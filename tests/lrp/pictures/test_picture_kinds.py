"""Pictures in unusual layouts: decoded, or called by their name; and TIFF and HEIC, which people bring."""

import struct
import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from lrp.pictures import decode as images
from lrp.pictures import file_kinds
from lrp.pictures.decode import decode as decode_image
from tests.files import BLUE, GREEN, RED, WHITE, difference, encoded, photo, png, refusal

pillow_heif.register_heif_opener(decode_threads=1)  # writes HEIC, too

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


def bmp(bits: int, masks: tuple[int, ...] = (), *, compression: int = 0, size: int = 40) -> bytes:
    head = struct.pack("<IiiHHIIiiII", size, 8, 8, 1, bits, compression, 0, 2835, 2835, 0, 0)
    rest = struct.pack(f"<{len(masks)}I", *masks).ljust(max(size - 40, 0), b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(head + rest) + 1024, 0, 0, 14 + len(head + rest)) + head + rest + bytes(4096)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (bmp(16, (0xF00, 0xF0, 0xF), compression=3, size=56), "16 bits a pixel: 0xf00, 0xf0, 0xf"),
        (bmp(32, (0x3FF00000, 0xFFC00, 0x3FF), compression=3, size=56), "32 bits a pixel: 0x3ff00000, 0xffc00, 0x3ff, 0x0"),
        (bmp(16, (0xFF00, 0xFF, 0), compression=3), "16 bits a pixel: 0xff00, 0xff, 0x0"),
        (bmp(2), "2 bits a pixel"),
        (bmp(64), "64 bits a pixel"),
        (bmp(24, compression=4), "a JPEG inside"),
        (bmp(24, compression=5), "a PNG inside"),
        (bmp(24, compression=4, size=64), "24-bit run lengths"),
        (bmp(1, compression=3, size=64), "fax (Huffman) compression"),
        (bmp(32, compression=6), "unusual layout of bits (32 bits a pixel, with transparency)"),
        (bmp(24, compression=9), "compression 9"),
        (bmp(24, size=80), "a head of 80 bytes"),
    ],
)
def test_a_bmp_in_an_unusual_layout_is_called_so(data: bytes, what: str) -> None:
    told = refusal(data)
    assert told.startswith("This BMP has ")
    assert what in told
    assert told.endswith("which we cannot read; save it as an ordinary JPEG or PNG and try again.")


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_a_bmp_in_a_usual_layout_that_ends_too_early_is_called_damaged(bits: int) -> None:
    assert "damaged or incomplete" in refusal(bmp(bits)[:58])


def jpeg_with(marker: int, bits: int = 8, channels: int | None = None) -> bytes:
    """A JPEG whose frame says that it is another kind."""
    data = bytearray(encoded(photo(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, bits
    if channels:
        data[at + 9] = channels
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (jpeg_with(0xC1, 12), "This is a 12-bit JPEG, as medical devices write"),
        (jpeg_with(0xC2, 12), "This is a 12-bit JPEG"),
        (jpeg_with(0xC3), "This is a lossless JPEG"),
        (jpeg_with(0xC3, 16), "This is a lossless JPEG"),
        (jpeg_with(0xCB), "This is a lossless JPEG"),
        (jpeg_with(0xC5), "This is a hierarchical JPEG"),
        (jpeg_with(0xF7), "This is a JPEG-LS picture"),
        (jpeg_with(0xC0, channels=2), "This JPEG has 2 colour channels"),
    ],
)
def test_an_unusual_jpeg_is_called_by_its_name(data: bytes, what: str) -> None:
    assert refusal(data).startswith(what)
    assert refusal(data).endswith("; save it as an ordinary JPEG or PNG and try again.")


def test_an_iphone_png_is_called_by_its_name() -> None:
    whole = png(8, 8, 8, 6, bytes(300))
    apple = whole[:8] + struct.pack(">I4sII", 4, b"CgBI", 0x50002002, 0x2BD5CE0A) + whole[8:]
    assert refusal(apple).startswith("This is an iPhone PNG (CgBI)")


def test_an_avif_that_is_whole_but_not_read_is_not_just_called_damaged() -> None:
    whole = encoded(photo(), "AVIF")
    at = whole.index(b"av01")
    other = whole[:at] + b"sato" + whole[at + 4 :]
    assert refusal(other) == (
        "This AVIF holds a picture of the kind “sato”, which we cannot read; save it as an ordinary JPEG or PNG and try again."
    )
    data = bytearray(whole)
    data[whole.index(b"mdat") + 4 :] = bytes(len(whole) - whole.index(b"mdat") - 4)
    assert refusal(bytes(data)).startswith("This AVIF (8-bit picture) is damaged or stored in a way that we cannot read; save it")


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


OTHERS = {
    "a medical picture (DICOM)": bytes(128) + b"DICM", "a GIMP file": b"gimp xcf v011\0", "OpenEXR": b"\x76\x2f\x31\x01\2\0\0\0",
    "Radiance HDR": b"#?RADIANCE\n", "an icon file": b"icns\0\0\0\0", "QOI": b"qoif\0\0\0\1", "FITS": b"SIMPLE  =        T",
    "a portable bitmap (PNM)": b"P6\n4 4\n255\n" + bytes(48), "JPEG XR": b"II\xbc\1\x08\0\0\0",
    "a Windows metafile": b"\1\0\0\0" + bytes(36) + b" EMF",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_picture_are_named(name: str) -> None:
    assert refusal(OTHERS[name]).startswith(f"This looks like {name}, which we cannot read; convert the picture to JPEG or PNG")


@pytest.mark.parametrize("compression", [None, "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma"])
@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_every_lossless_compression_is_decoded(compression: str | None, big: bool) -> None:
    assert difference(decode_image(encoded(photo(), "TIFF", compression=compression, big_tiff=big)), photo()) == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr"])
def test_a_tiff_of_every_mode_keeps_its_colours(mode: str) -> None:
    for colour in (WHITE, (0, 0, 0)) if mode in ("1", "L", "LA") else (RED, GREEN, BLUE, WHITE):
        decoded = decode_image(encoded(Image.new("RGB", (16, 16), colour).convert(mode), "TIFF"))
        assert np.abs(np.subtract(decoded.getpixel((9, 9)), colour)).max() <= 2


def test_a_lab_tiff_keeps_its_colours() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(Image.new("RGB", (8, 8), (200, 100, 50)), srgb, lab, outputMode="LAB")
    assert np.abs(np.subtract(decode_image(encoded(stored, "TIFF")).getpixel((1, 1)), (200, 100, 50))).max() <= 3


def ramp() -> np.ndarray:
    return (np.arange(256, dtype=np.uint16) * 257)[None].repeat(32, axis=0)


def test_greys_of_a_tiff_are_scaled_and_may_count_from_white() -> None:
    for values, tags in ((ramp(), {}), (65535 - ramp(), {262: 0}), ((ramp() / 65535).astype(np.float32), {})):
        decoded = decode_image(encoded(Image.fromarray(values), "TIFF", tiffinfo=tags))
        assert np.asarray(decoded)[0, :, 1].tolist() == list(range(256))


def twelve_bit_tiff(values: list[int]) -> bytes:
    """One row of 12-bit greys, two in three bytes."""
    packed = b"".join((a << 12 | b).to_bytes(3, "big") for a, b in zip(values[::2], values[1::2], strict=True))
    tags = [(256, len(values)), (257, 1), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, len(packed))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory + bytes(4)


def test_twelve_bits_are_scaled_over_their_full_range() -> None:
    assert np.asarray(decode_image(twelve_bit_tiff([0, 4095, 2048, 1024])))[0, :, 0].tolist() == [0, 255, 128, 64]


@pytest.mark.parametrize("values", [np.array([[-700, 1200]], np.int32), np.array([[0, 4095]], np.float32)])
def test_a_tiff_of_measured_values_is_told_with_its_range(values: np.ndarray) -> None:
    told = refusal(encoded(Image.fromarray(values.repeat(8, axis=0)), "TIFF"))
    low, high = values[0]
    assert told.startswith(f"This TIFF holds measured values from {low:.6g} to {high:.6g}, not shades of grey; scale them")


def test_of_a_tiff_with_pages_the_first_is_shown() -> None:
    pages = encoded(photo(), "TIFF", save_all=True, append_images=[photo().rotate(180), photo(7, 7)])
    assert difference(decode_image(pages), photo()) == 0


def test_a_camera_raw_file_in_tiff_is_not_taken_for_its_preview() -> None:
    for tags in ({50706: b"\1\4\0\0"}, {254: 1, 330: 8}):
        assert refusal(encoded(photo(), "TIFF", tiffinfo=tags)).startswith("This looks like a camera raw file")


def test_a_tiff_in_a_layout_that_is_not_read_says_which() -> None:
    tagged = bytearray(encoded(photo(), "TIFF", tiffinfo={339: 3}))
    assert "This TIFF (RGB of 8-bit floating-point numbers, compression 1)" in refusal(bytes(tagged))


def test_a_tiff_too_large_is_refused_by_its_head() -> None:
    tags = [(256, 30_000), (257, 3_000), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, 3_000), (279, 9)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    assert "limit is 40" in refusal(b"II*\0" + struct.pack("<I", 8) + directory + bytes(4))


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
