"""Own pictures take part in the mosaic of the page about trust."""

import io

import numpy as np
import torch
from PIL import Image

import lrp
from pages.parts.choose.samples import SAMPLES
from pages.parts.faithfulness.grid import CORNERS, choose_pictures
from pages.parts.say import words
from pages.parts.work import compute
from tests.small import Reader


def test_a_picture_that_was_brought_is_one_of_the_four_where_the_network_is_surest_of_it() -> None:
    compute.forget_shared()
    backbone = lrp.load_backbone()
    pixels = np.random.default_rng(5).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    own, buffer = Image.fromarray(pixels).resize((240, 180), Image.Resampling.BICUBIC), io.BytesIO()
    own.save(buffer, "PNG")
    samples = [Image.fromarray(make()) for make in SAMPLES.values()]
    pictures = [samples[0], own, *samples[1:]]
    with torch.no_grad():
        chosen, classes = choose_pictures(torch.cat([backbone.network(backbone.preprocess(each)) for each in pictures]))
    without = choose_pictures(torch.cat([backbone.network(backbone.preprocess(each)) for each in samples]))[1]
    assert 1 in chosen
    assert classes != without
    reader = Reader("faithfulness", {"t_steps": "5", "maps": "ab"}).settle().upload(buffer.getvalue()).wait()
    reader.press("Back to the sample").settle().press_each("Play it with").settle()
    told = ", ".join(f"{corner} {words.article(backbone.categories[i])}" for corner, i in zip(CORNERS, classes, strict=True))
    assert told in reader.words
