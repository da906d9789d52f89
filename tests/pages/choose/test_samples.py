"""The sample pictures are those of the libraries that bring them, which need not be imported for them."""

import numpy as np
import pytest
import skimage.data
from sklearn.datasets import load_sample_image

from pages.parts.choose.samples import SAMPLES

ORIGINALS = {
    "Cat": skimage.data.chelsea, "Temple": lambda: load_sample_image("china.jpg"),
    "Dahlia": lambda: load_sample_image("flower.jpg"), "Rocket": skimage.data.rocket,
    "Astronaut": skimage.data.astronaut, "Coffee": skimage.data.coffee,
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_pixels_that_its_library_gives(name: str) -> None:
    pixels = SAMPLES[name]()
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, ORIGINALS[name]())
