"""The crop of a picture that a record tells in pixels, as the per cents of the controls."""

from collections.abc import Callable

from lrp import Backbone
from pages.parts.choose.cropping import crop_box, crop_controls
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.crop import SMALLEST, Crop
from pages.parts.frame.state import set_widgets

Box = tuple[int, int, int, int]  # left, top, right and bottom in pixels of the picture, which it may reach beyond


def set_crop(album: Album, picture: Picture, network: Backbone, box: Box | None) -> bool:
    """Gives the network this part of the picture, None for the centre; to be called before the controls are drawn.

    Returns whether it is just this part: the controls have whole per cents.
    """
    crop = None if box is None else crop_of(picture.size, network, box)
    album.linked_crop = None
    album.crops.pop(picture.key, None)
    if crop:
        album.crops[picture.key] = crop
        album.parts |= {} if crop.whole else {picture.key: crop}
    set_widgets(crop_controls(picture, crop, album.parts.get(picture.key)))
    return crop is None or crop_box(picture.size, crop, network) == box


def crop_of(size: tuple[int, int], network: Backbone, box: Box) -> Crop:
    """Returns the crop that gives the network this part of a picture of that size (width, height), or the nearest to it."""

    def beside(crop: Crop) -> int:
        """By how many pixels the sides of that crop lie beside those asked for."""
        return sum(abs(side - wanted) for side, wanted in zip(crop_box(size, crop, network), box, strict=True))

    def part(percent: int) -> Crop:
        """The best part of that size: where it lies across does not depend on where it lies down, nor the other way round."""
        across = _best(range(101), lambda each: beside(Crop(each, 50, percent)))
        return Crop(across, _best(range(101), lambda each: beside(Crop(50, each, percent))), percent)

    widths = {percent: _width(crop_box(size, Crop(size=percent), network)) for percent in range(SMALLEST, 101)}
    nearest = min(abs(width - _width(box)) for width in widths.values())
    sizes = [percent for percent, width in widths.items() if abs(width - _width(box)) <= nearest + 1]  # pixels are whole
    return min([*map(part, sizes), Crop(whole=True)], key=beside)


def _best(offered: range, beside: Callable[[int], int]) -> int:
    """The one that lies nearest; of several the one in their middle, for a part at a border may be of many."""
    found = [beside(each) for each in offered]
    nearest = [each for each, much in zip(offered, found, strict=True) if much == min(found)]
    return nearest[len(nearest) // 2]


def _width(box: Box) -> int:
    return box[2] - box[0]
