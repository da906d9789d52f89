"""Converts colours given by CICP numbers (ITU-T H.273), as AVIF, HEIC and PNG declare them, to sRGB as browsers do."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

REFERENCE_WHITE = 203.0  # cd/m2, of graphics and of a white shirt in HDR (ITU-R BT.2408)
PEAK = 1000 / REFERENCE_WHITE  # of HDR material that declares none
PIXELS_AT_ONCE = 1_000_000  # bounds the memory: a pixel takes twelve bytes as floats

_WHITE_D65 = (0.3127, 0.3290)
_WHITE_C = (0.310, 0.316)
_WHITE_DCI = (0.314, 0.351)
_WHITE_E = (1 / 3, 1 / 3)
_PRIMARIES = {  # the x, y of red, green, blue and white
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _WHITE_D65),  # BT.709, which sRGB has
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _WHITE_C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _WHITE_D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _WHITE_D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _WHITE_D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _WHITE_C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _WHITE_D65),  # BT.2020
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _WHITE_E),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _WHITE_DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _WHITE_D65),  # Display P3
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _WHITE_D65),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_PQ, _HLG = 16, 18
# Browsers treat the video curves (BT.709, 601, 2020) as sRGB, because such pictures are made for sRGB screens.
_LIKE_SRGB = (1, 2, 6, 11, 12, 13, 14, 15)


def to_srgb(picture: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """Returns the picture (mode L, RGB or RGBA) converted to sRGB; colours outside of it are clipped.

    HDR (transfer 16, PQ, and 18, HLG) is tone-mapped: reference white, 203 cd/m2, becomes half of the screen's light, darker
    values keep their proportions, and brighter ones are compressed so that 1000 cd/m2 become white. Chromium 156 applies this
    curve on a screen without HDR. For unknown numbers the picture is returned unchanged.
    """
    linear = _transfer_curve(transfer)
    standard = transfer in _LIKE_SRGB and primaries not in _PRIMARIES.keys() - {1}
    if linear is None or standard:
        return picture
    pixels = np.array(picture.convert("RGB"))
    primaries = primaries if primaries in _PRIMARIES else 1
    table = linear(np.linspace(0, 1, 256, dtype=np.float32))
    rows = max(1, PIXELS_AT_ONCE // picture.width)
    for start in range(0, picture.height, rows):
        pixels[start : start + rows] = _convert_pixels(table[pixels[start : start + rows]], primaries, transfer)
    converted = Image.fromarray(pixels)
    if picture.mode == "RGBA":
        converted.putalpha(picture.getchannel("A"))
    return converted


def _convert_pixels(light: Floats, primaries: int, transfer: int) -> NDArray[np.uint8]:
    """sRGB levels of linear light (..., 3) in these primaries."""
    if transfer in (_PQ, _HLG):  # both are made for the primaries of BT.2020
        light, primaries = light @ _matrix(primaries, 9).T, 9
        if transfer == _HLG:  # a screen of 1000 cd/m2 shows HLG with a gamma of 1.2 on the luminance (BT.2100)
            luminance = light @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
            light = light * (PEAK * np.power(luminance.clip(0), np.float32(0.2)))[..., None]
        light = light * _tone_gain(light.max(-1))[..., None]
    place = np.sqrt((light @ _matrix(primaries, 1).T).clip(0, 1)) * (_LEVELS - 1) + 0.5
    levels: NDArray[np.uint8] = _srgb_levels()[place.astype(np.uint16)]
    return levels


def _tone_gain(brightest: Floats) -> Floats:
    """The factor that tone-maps light, in units of reference white, so that PEAK becomes 1.

    Above reference white, output against input is a quadratic Bezier curve, which joins the line below it smoothly.
    """
    knee, bend = 0.5, 0.65
    x = (1.0, 1 - bend + bend / knee, PEAK)
    y = (knee, (1 - bend) * knee + bend, 1.0)
    a, b = x[0] - 2 * x[1] + x[2], x[1] - x[0]
    over = brightest.clip(1, PEAK)
    t = (np.sqrt(b * b + a * (over - x[0])) - b) / a
    curve = (1 - t) ** 2 * y[0] + 2 * t * (1 - t) * y[1] + t**2 * y[2]
    return (curve / np.maximum(brightest, 1)).astype(np.float32)


_LEVELS = 16384  # table entries, spaced by the square root of light: a tenth of a level apart in the darkest part


@cache
def _srgb_levels() -> NDArray[np.uint8]:
    """Table of sRGB levels, indexed by the square root of linear light."""
    light = np.linspace(0, 1, _LEVELS) ** 2
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(level * 255).astype(np.uint8)
    return levels


@cache
def _matrix(primaries: int, others: int) -> Floats:
    """The (3, 3) matrix from linear light in `primaries` to linear light in `others`."""
    return (np.linalg.inv(_to_xyz(others)) @ _to_xyz(primaries)).astype(np.float32)


def _to_xyz(primaries: int) -> NDArray[np.float64]:
    """The (3, 3) matrix from linear light to XYZ, with the white point adapted to D65 (Bradford)."""
    *corners, white = (_xyz(x, y) for x, y in _PRIMARIES[primaries])
    basis = np.stack(corners, axis=1)
    matrix = basis * np.linalg.solve(basis, white)
    cones = _BRADFORD @ np.stack([white, _xyz(*_WHITE_D65)], axis=1)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(cones[:, 1] / cones[:, 0]) @ _BRADFORD @ matrix
    return adapted


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    """XYZ of a chromaticity, with Y = 1."""
    return np.array([x / y, 1, (1 - x - y) / y] if y else [x, 0, 1 - x])


def _transfer_curve(transfer: int) -> Callable[[Floats], Floats] | None:
    """The function from stored values in 0..1 to linear light; None for an unknown transfer number."""
    if transfer in _LIKE_SRGB:
        return _from_srgb
    powers = {4: _power(2.2), 5: _power(2.8), 8: _power(1.0)}
    return (powers | {7: _from_smpte_240, _PQ: _from_pq, 17: _from_cinema, _HLG: _from_hlg}).get(transfer)


def _power(exponent: float) -> Callable[[Floats], Floats]:
    return lambda value: np.power(value, np.float32(exponent))


def _from_srgb(value: Floats) -> Floats:
    return np.where(value <= 0.04045, value / 12.92, np.power((value + 0.055) / 1.055, 2.4)).astype(np.float32)


def _from_smpte_240(value: Floats) -> Floats:
    return np.where(value < 0.0913, value / 4, np.power((value + 0.1115) / 1.1115, 1 / 0.45)).astype(np.float32)


def _from_cinema(value: Floats) -> Floats:
    return np.minimum(np.power(value, 2.6) * 52.37 / 48, 1).astype(np.float32)


def _from_pq(value: Floats) -> Floats:
    """Light of SMPTE ST 2084 (PQ) values, in units of reference white."""
    root = np.power(value.astype(np.float64), 32 / 2523)
    light = np.power(np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root), 16384 / 2610)
    return (light * (10_000 / REFERENCE_WHITE)).astype(np.float32)


def _from_hlg(value: Floats) -> Floats:
    """Scene light, 0 to 1, of ARIB STD-B67 (HLG) values."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12).astype(np.float32)
