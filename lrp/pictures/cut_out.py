"""Cuts out of a picture what a network sees, in the size and the colours that the network takes."""

from typing import NamedTuple

from PIL import Image

from lrp.pictures.rgb import to_rgb


class CutOut(NamedTuple):
    """What a network sees of a picture.

    height, width: pixels of its input. channels: 1 (grey), 3, or 4 (with transparency). margin: how much longer than the shorter
    of the two the shorter side of a picture is before the centre is cut out. squash: whether a picture is scaled to the input
    whatever its sides instead. interpolation: how it is scaled, a filter of Pillow's in small letters, such as "bilinear".
    """

    height: int
    width: int
    channels: int = 3
    margin: int = 0
    squash: bool = False
    interpolation: str = "bilinear"

    def of(self, picture: Image.Image) -> Image.Image:
        """Returns that part of a picture, of `width` x `height` pixels."""
        shown, resample = in_channels(picture, self.channels), Image.Resampling[self.interpolation.upper()]
        if self.squash:
            return shown.resize((self.width, self.height), resample)
        size, (left, top) = self._scaled(picture.size)
        return shown.resize(size, resample).crop((left, top, left + self.width, top + self.height))

    def part_seen(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Returns what is seen of a picture of that size (width, height): left, top, right and bottom in its pixels."""
        if self.squash:
            return 0.0, 0.0, float(size[0]), float(size[1])
        (wide, tall), (left, top) = self._scaled(size)
        across, down = size[0] / wide, size[1] / tall
        return left * across, top * down, (left + self.width) * across, (top + self.height) * down

    def _scaled(self, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
        """The width and height to which a picture of that size is scaled, and the left and top of what is cut out of it then."""
        height, width, shorter = self.height, self.width, min(self.height, self.width)
        tall, wide = (round(side * (shorter + self.margin) / shorter) for side in (height, width))
        # The side that decides the scale has its length exactly; the other follows, rounded down as in torchvision.
        if size[0] * tall <= size[1] * wide:
            scaled = (wide, max(height, int(wide * size[1] / size[0])))
        else:
            scaled = (max(width, int(tall * size[0] / size[1])), tall)
        return scaled, (round((scaled[0] - width) / 2), round((scaled[1] - height) / 2))


def in_channels(picture: Image.Image, channels: int) -> Image.Image:
    """Returns the picture in grey, in RGB, or in RGB with its transparency, by the number of channels."""
    if channels == 4 and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info):
        return picture.convert("RGBA")
    if channels == 4:
        return to_rgb(picture).convert("RGBA")
    rgb = picture if picture.mode == "RGB" else to_rgb(picture)
    return rgb if channels == 3 else rgb.convert("L")
