"""Colours named by number, as AVIF, HEIC and PNG name them (ITU-T H.273), to sRGB as a browser shows them."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

REFERENCE_WHITE = 203.0  # cd/m2, of graphics and of a white shirt in HDR (ITU-R BT.2408)
PEAK = 1000 / REFERENCE_WHITE  # of HDR material that does not tell its own
STRIP = 1_000_000  # pixels converted at a time, for floats need twelve bytes each

_D65, _C, _DCI, _E = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351), (1 / 3, 1 / 3)
_PRIMARIES = {  # the x, y of red, green, blue and white
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),  # BT.709, which sRGB has
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),  # BT.2020
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),  # Display P3
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_PQ, _HLG = 16, 18
# Video curves (BT.709, 601, 2020) stand for sRGB: so do browsers, for pictures are made to be seen on such a screen.
_LIKE_SRGB = (1, 2, 6, 11, 12, 13, 14, 15)


def in_srgb(picture: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """The picture, of mode L, RGB or RGBA, with its colours converted to sRGB; those outside of it are clipped.

    HDR (transfer 16, PQ, and 18, HLG) is brought to the range of a screen: reference white, 203 cd/m2, becomes half of the
    screen's light, what is darker keeps its proportions, and what is brighter is compressed up to 1000 cd/m2, which become
    white. That is the curve that Chromium 156 applies on a screen without HDR. Unknown numbers leave the picture as it is.
    """
    linear = _linear(transfer)
    standard = transfer in _LIKE_SRGB and primaries not in _PRIMARIES.keys() - {1}
    if linear is None or standard:
        return picture
    pixels = np.array(picture.convert("RGB"))
    primaries = primaries if primaries in _PRIMARIES else 1
    table = linear(np.linspace(0, 1, 256, dtype=np.float32))
    rows = max(1, STRIP // picture.width)
    for start in range(0, picture.height, rows):
        pixels[start : start + rows] = _converted(table[pixels[start : start + rows]], primaries, transfer)
    converted = Image.fromarray(pixels)
    if picture.mode == "RGBA":
        converted.putalpha(picture.getchannel("A"))
    return converted


def _converted(light: Floats, primaries: int, transfer: int) -> NDArray[np.uint8]:
    if transfer in (_PQ, _HLG):  # both are made for the primaries of BT.2020
        light, primaries = light @ _matrix(primaries, 9).T, 9
        if transfer == _HLG:  # a screen of 1000 cd/m2 shows HLG with a gamma of 1.2 on the luminance (BT.2100)
            luminance = light @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
            light = light * (PEAK * np.power(luminance.clip(0), np.float32(0.2)))[..., None]
        light = light * _tone_gain(light.max(-1))[..., None]
    place = np.sqrt((light @ _matrix(primaries, 1).T).clip(0, 1)) * (_FINE - 1) + 0.5
    return _srgb_levels()[place.astype(np.uint16)]


def _tone_gain(brightest: Floats) -> Floats:
    """What to multiply light by, of which 1 is reference white, so that PEAK becomes 1; without a step in the slope.

    Above reference white, output against input is a quadratic Bezier curve.
    """
    knee, bend = 0.5, 0.65
    x = (1.0, 1 - bend + bend / knee, PEAK)
    y = (knee, (1 - bend) * knee + bend, 1.0)
    a, b = x[0] - 2 * x[1] + x[2], x[1] - x[0]
    over = brightest.clip(1, PEAK)
    t = (np.sqrt(b * b + a * (over - x[0])) - b) / a
    curve = (1 - t) ** 2 * y[0] + 2 * t * (1 - t) * y[1] + t**2 * y[2]
    return (curve / np.maximum(brightest, 1)).astype(np.float32)


_FINE = 16384  # entries over the square root of light: a tenth of a level apart where it is darkest


@cache
def _srgb_levels() -> NDArray[np.uint8]:
    """sRGB levels of light, by its square root."""
    light = np.linspace(0, 1, _FINE) ** 2
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.rint(level * 255).astype(np.uint8)


@cache
def _matrix(primaries: int, others: int) -> Floats:
    """From linear light in these primaries to linear light in the others."""
    return (np.linalg.inv(_to_xyz(others)) @ _to_xyz(primaries)).astype(np.float32)


def _to_xyz(primaries: int) -> NDArray[np.float64]:
    """The matrix to XYZ, with white adapted to D65 (Bradford)."""
    *corners, white = (_xyz(x, y) for x, y in _PRIMARIES[primaries])
    basis = np.stack(corners, axis=1)
    matrix = basis * np.linalg.solve(basis, white)
    cones = _BRADFORD @ np.stack([white, _xyz(*_D65)], axis=1)
    return np.linalg.inv(_BRADFORD) @ np.diag(cones[:, 1] / cones[:, 0]) @ _BRADFORD @ matrix


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1, (1 - x - y) / y] if y else [x, 0, 1 - x])


def _linear(transfer: int) -> Callable[[Floats], Floats] | None:
    """The curve from a stored value, 0 to 1, to light; None for a number that has none."""
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
    """Of SMPTE ST 2084, in units of reference white."""
    root = np.power(value.astype(np.float64), 32 / 2523)
    light = np.power(np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root), 16384 / 2610)
    return (light * (10_000 / REFERENCE_WHITE)).astype(np.float32)


def _from_hlg(value: Floats) -> Floats:
    """Of ARIB STD-B67: light of the scene, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12).astype(np.float32)
