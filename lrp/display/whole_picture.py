"""Lays a map over the whole picture, of which its network saw a part."""

import numpy as np
from PIL import Image

from lrp.attribution import Map
from lrp.display.colours import colourise
from lrp.region import Region

PALE = 0.5  # how much white is mixed in where the network did not look


class WholePicture:
    """A picture of which a network saw a part, its longer side of `side` pixels, with white beside it where it is very narrow.

    part: left, top, right and bottom in pixels of the picture; it may reach beyond it, as bars do. pale: the picture in grey,
    pale outside the part. region: the pixels of that picture where the part lies.
    """

    def __init__(self, picture: Image.Image, part: tuple[float, float, float, float], side: int) -> None:
        scale = side / max(picture.size)
        width, height = (max(1, round(length * scale)) for length in picture.size)
        size = max(width, side // 2), height  # or its texts had no room
        start = (size[0] - width) // 2
        self._grey, white = (Image.new("L", size, "white") for _ in range(2))
        self._grey.paste(picture.convert("L").resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0), (start, 0))
        left, top, right, bottom = (round(edge * scale) for edge in part)
        left, right = left + start, max(right, left + 1) + start
        self._part = left, top, right, max(bottom, top + 1)
        box = max(left, start), max(top, 0), min(right, start + width), min(self._part[3], height)
        self.region = Region(*box)
        self.pale = Image.blend(self._grey, white, PALE).convert("RGB")
        self.pale.paste(self._grey.crop(box).convert("RGB"), box[:2])

    def with_map(self, values: Map, limit: float, scale: str, photo: float) -> Image.Image:
        """Returns the picture with a map (H, W) of the part in its place; what of the map lies in bars is left out.

        limit, scale, photo: as in `colourise`. The pixels of the map stay blocks, those of the picture beneath are as fine as
        there is room for.
        """
        left, top, right, bottom = self._part
        size = right - left, bottom - top
        blocks = np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.NEAREST))
        below = Image.new("L", size, "white")
        below.paste(self._grey, (-left, -top))
        coloured = colourise(blocks, limit, scale, below, photo)
        box = self.region
        result = self.pale.copy()
        result.paste(coloured.crop((box.left - left, box.top - top, box.right - left, box.bottom - top)), (box.left, box.top))
        return result
