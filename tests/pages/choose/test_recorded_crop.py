"""A crop in pixels, as a record has it, is found again among the per cents of the controls."""

from dataclasses import replace

import pytest

import lrp
from pages.parts.choose.cropping import crop_box
from pages.parts.choose.recorded_crop import crop_of
from pages.parts.frame.crop import Crop

CROPS = (
    Crop(), Crop(20, 50, 60), Crop(0, 0, 10), Crop(100, 100, 10), Crop(3, 97, 33), Crop(50, 50, 99), Crop(71, 12, 47),
    Crop(whole=True),
)  # fmt: skip


@pytest.mark.parametrize("size", [(451, 300), (300, 451), (4000, 400), (64, 64), (17, 900), (1, 1), (12000, 1000)])
def test_every_crop_is_found_to_the_pixel(small: None, size: tuple[int, int]) -> None:
    network = lrp.load_backbone()
    for kind in (network, replace(network, shape=(64, 96)), replace(network, squash=True), replace(network, margin=32)):
        for crop in CROPS:
            box = crop_box(size, crop, kind)
            assert crop_box(size, crop_of(size, kind, box), kind) == box, (size, crop)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (-1_000_000, -1_000_000, 1_000_000, 1_000_000), (999_999, 5, 1_000_000, 6)])
def test_of_another_box_the_nearest_is_taken(small: None, box: tuple[int, int, int, int]) -> None:
    found = crop_of((451, 300), lrp.load_backbone(), box)
    assert found.whole or (0 <= found.across <= 100 and 10 <= found.size <= 100)
