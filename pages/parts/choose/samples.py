"""The free pictures that come with the program."""

from collections.abc import Callable

import numpy as np
import skimage.data
import sklearn.datasets
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.parts.frame.album import Picture

SAMPLES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "Cat": skimage.data.chelsea,
    "Temple": lambda: sklearn.datasets.load_sample_image("china.jpg"),
    "Dahlia": lambda: sklearn.datasets.load_sample_image("flower.jpg"),
    "Rocket": skimage.data.rocket,
    "Astronaut": skimage.data.astronaut,
    "Coffee": skimage.data.coffee,
}


@st.cache_resource(show_spinner=False)
def sample(name: str) -> Picture:
    return Picture(f"sample:{name}", Image.fromarray(SAMPLES[name]()), name, True)
