"""The part of a picture that a network is given, where that is another one than the centre."""

from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

SMALLEST = 10  # per cent of the largest crop
LARGEST_SIDE = 2048  # pixels of what is cut out; a panorama with bars would be as high as it is wide

Colour = tuple[int, int, int]
Place = tuple[float, float, float, float]  # in pixels of a picture, or beyond it: left, top, right and bottom


@dataclass(frozen=True)
class Crop:
    """A part of a picture, in whole per cents, so that its link is exact.

    across, down: its centre, of the picture's width and height; size: its sides, of those of the largest part that the picture
    has room for. whole: all of the picture instead, with bars beside or above and below it.
    """

    across: int = 50
    down: int = 50
    size: int = 100
    whole: bool = False

    @property
    def text(self) -> str:
        """The crop as the link says it: "whole", or its three per cents such as "30,50,80"."""
        return "whole" if self.whole else f"{self.across},{self.down},{self.size}"

    def place(self, size: tuple[int, int], aspect: float) -> Place:
        """Returns where the crop lies in a picture of that size (width, height). aspect: its width over its height.

        A part lies within the picture, though it was to be nearer to a border than it has room; the whole reaches beyond.
        """
        width, height = size
        if self.whole:
            wide = max(width, height * aspect)
            left, top = (width - wide) / 2, (height - wide / aspect) / 2
        else:
            wide = min(width, height * aspect) * self.size / 100
            left = min(max(width * self.across / 100 - wide / 2, 0.0), width - wide)
            top = min(max(height * self.down / 100 - wide / aspect / 2, 0.0), height - wide / aspect)
        return left, top, left + wide, top + wide / aspect


def parse_crop(text: str) -> Crop | None:
    """Returns the crop that a link describes; None for none, or for what is no crop."""
    if text.strip().casefold() == "whole":
        return Crop(whole=True)
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        return None
    across, down, size = map(int, parts)
    return Crop(across, down, size) if across <= 100 and down <= 100 and SMALLEST <= size <= 100 else None


class Uncropped(Protocol):
    """A picture, whose pixels may have to be decoded."""

    @property
    def image(self) -> Image.Image: ...

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def thumbnail(self) -> Image.Image: ...


@dataclass(frozen=True)
class CroppedSource:
    """The pixels of a part of a picture, cut out when they are asked for.

    box: left, top, right and bottom in pixels of the picture, the last two outside; what reaches beyond it has the colour `bars`.
    """

    picture: Uncropped = field(repr=False)
    box: tuple[int, int, int, int]
    bars: Colour

    @property
    def scale(self) -> float:
        """By how much the part is made smaller, at most 1."""
        left, top, right, bottom = self.box
        return min(1.0, LARGEST_SIDE / max(right - left, bottom - top))

    @property
    def size(self) -> tuple[int, int]:
        left, top, right, bottom = self.box
        return max(1, round((right - left) * self.scale)), max(1, round((bottom - top) * self.scale))

    @property
    def thumbnail(self) -> Image.Image:
        return self.picture.thumbnail

    def __call__(self) -> Image.Image:
        """Returns the pixels, of that size."""
        left, top, right, bottom = self.box
        image, scale = self.picture.image, self.scale
        inside = max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height)
        part = image.crop(inside)
        if scale < 1:
            room = [max(1, round(side * scale)) for side in part.size]
            part = part.resize((room[0], room[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if inside == self.box:
            return part
        result = Image.new("RGB", self.size, self.bars)
        result.paste(part, (round((inside[0] - left) * scale), round((inside[1] - top) * scale)))
        return result
