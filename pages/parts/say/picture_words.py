"""The sentences about the picture: what of it the network sees, and what is cut off."""

from lrp import Backbone
from pages.parts.frame.album import Picture
from pages.parts.frame.crop import Place
from pages.parts.say import words

LITTLE = 0.6  # of the picture; a photo of 3 x 2 leaves two thirds to a square, one of 16 x 9 leaves 56 %


def seen_note(picture: Picture, network: Backbone) -> str:
    """Returns what of the picture the network sees, and at which size."""
    if picture.original is None:
        return words.crop_note(picture.size, (network.size, network.size), network.margin)
    (width, height), (left, top, right, bottom) = picture.original.size, picture.part_seen(network)
    at = f"at {network.size} x {network.size} pixels"
    if holds_all(picture.original.size, picture.part_seen(network)):
        return f"It sees all of your picture ({width:,} x {height:,}) {at}, with bars where the shape differs."
    part = f"{round(right - left):,} x {round(bottom - top):,} of {width:,} x {height:,}"
    return f"It sees the part of your picture that you chose ({part}) {at}."


def holds_all(size: tuple[int, int], part: Place) -> bool:
    """Whether the part holds all of a picture of that size (width, height), but for rounding."""
    return part[0] < 1 and part[1] < 1 and part[2] > size[0] - 1 and part[3] > size[1] - 1


def share_seen(size: tuple[int, int], part: Place) -> float:
    """Returns the share of a picture of that size (width, height) that lies in the part."""
    wide = min(part[2], size[0]) - max(part[0], 0)
    tall = min(part[3], size[1]) - max(part[1], 0)
    return wide * tall / (size[0] * size[1])


def cut_off_sentence(size: tuple[int, int], part: Place) -> str:
    """Returns that a good part of a picture of that size (width, height) is cut off, and where; "" where it is not so much."""
    width, height = size
    wide, tall = (part[2] - part[0]) / width, (part[3] - part[1]) / height
    if min(wide, tall) / max(wide, tall) >= LITTLE:
        return ""
    where = "left and right" if wide < tall else "above and below"
    return (
        f"The network sees **{share_seen(size, part):.0%}** of this picture: what lies {where} is cut off. Give it the whole "
        "picture, or move what it sees: press *Crop* beside the picture’s other controls."
    )


def share_seen_note(size: tuple[int, int], part: Place) -> str:
    """Returns in short how much of a picture of that size (width, height) the network sees."""
    return f"It sees **{share_seen(size, part):.0%}** of this picture."


def outline_alt(size: tuple[int, int], part: Place) -> str:
    """Returns in words what the frame on the whole picture of that size (width, height) shows."""
    if holds_all(size, part):
        return "The whole picture. The network sees all of it."
    left, right = (f"{min(max(side / size[0], 0), 1):.0%}" for side in (part[0], part[2]))
    top, bottom = (f"{min(max(side / size[1], 0), 1):.0%}" for side in (part[1], part[3]))
    return (
        f"The whole picture with a frame round what the network sees: from {left} to {right} of its width and from {top} to "
        f"{bottom} of its height."
    )
