"""The free pictures that come with the program, as pictures of an album."""

from functools import cache

from PIL import Image

from lrp.pictures.samples import PREFIX
from lrp.pictures.samples import SAMPLES as SAMPLES
from pages.parts.frame.album import Picture


@cache
def sample(name: str) -> Picture:
    """Returns the sample picture of that name."""
    return Picture(f"{PREFIX}{name}", Image.fromarray(SAMPLES[name]()), name, True)
