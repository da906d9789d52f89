"""The free pictures that come with scikit-image and scikit-learn."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PREFIX = "sample:"  # before the name of a sample that stands in the place of a file, such as "sample:Cat"


def _pixels(package: str, file: str) -> NDArray[np.uint8]:
    """Returns the picture in a package's data, (H, W, 3), without importing the package, which may take a second."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the sample pictures are in {package}, which is not installed", name=package)
    with Image.open(Path(spec.submodule_search_locations[0], file)) as image:
        return np.asarray(image.convert("RGB"))


SAMPLES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "Cat": partial(_pixels, "skimage", "data/chelsea.png"),
    "Temple": partial(_pixels, "sklearn", "datasets/images/china.jpg"),
    "Dahlia": partial(_pixels, "sklearn", "datasets/images/flower.jpg"),
    "Rocket": partial(_pixels, "skimage", "data/rocket.jpg"),
    "Astronaut": partial(_pixels, "skimage", "data/astronaut.png"),
    "Coffee": partial(_pixels, "skimage", "data/coffee.png"),
}


def sample_name(file: str) -> str | None:
    """Returns the name of the sample that "sample:Cat" and the like stand for, whatever the case; None for any other file."""
    wanted = file.removeprefix(PREFIX).casefold()
    return next((name for name in SAMPLES if file.startswith(PREFIX) and name.casefold() == wanted), None)


def sample_png(name: str) -> bytes:
    """Returns the sample's pixels as a PNG file, which is decoded to just these: the file in the package may have a profile."""
    buffer = BytesIO()
    Image.fromarray(SAMPLES[name]()).save(buffer, "PNG")
    return buffer.getvalue()
