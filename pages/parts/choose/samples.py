"""The free pictures that come with the program."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.parts.frame.album import Picture


def _of_skimage(name: str) -> NDArray[np.uint8]:
    import skimage.data

    pixels: NDArray[np.uint8] = getattr(skimage.data, name)()
    return pixels


def _of_sklearn(name: str) -> NDArray[np.uint8]:
    import sklearn.datasets  # loads SciPy and pandas, which no other sample needs

    pixels: NDArray[np.uint8] = sklearn.datasets.load_sample_image(name)
    return pixels


SAMPLES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "Cat": partial(_of_skimage, "chelsea"),
    "Temple": partial(_of_sklearn, "china.jpg"),
    "Dahlia": partial(_of_sklearn, "flower.jpg"),
    "Rocket": partial(_of_skimage, "rocket"),
    "Astronaut": partial(_of_skimage, "astronaut"),
    "Coffee": partial(_of_skimage, "coffee"),
}


@st.cache_resource(show_spinner=False)
def sample(name: str) -> Picture:
    return Picture(f"sample:{name}", Image.fromarray(SAMPLES[name]()), name, True)
