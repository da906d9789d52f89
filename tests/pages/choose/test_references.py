"""The visitor's own pictures as references of Expected Gradients."""

from typing import Any

import numpy as np
from PIL import Image

import lrp
from lrp.pictures.samples import SAMPLES
from pages.parts.choose.references import NONE_BROUGHT, OWN
from pages.parts.work.question import SHARED_RESULTS
from tests.pages.helpers import file_of, stripes
from tests.visitor import Visitor

LINK = {"c": "Expected Gradients", "c_expected-gradients_n_samples": "8", "c_expected-gradients_references": OWN}


def references(asked: list[tuple[int, Any]]) -> list[Any]:
    return [method.references for _, method in asked if isinstance(method, lrp.ExpectedGradients)]


def captions(visitor: Visitor) -> list[str]:
    return [caption.value for caption in visitor.at.caption]


def test_without_own_pictures_the_samples_are_taken_and_the_page_says_so(small: None, asked: list[tuple[int, Any]]) -> None:
    visitor = Visitor(LINK).wait()
    assert references(asked) == ["samples"]
    assert NONE_BROUGHT in captions(visitor)
    visitor.put({"c_expected-gradients_references": "samples"}).wait()
    assert NONE_BROUGHT not in captions(visitor)
    assert len(references(asked)) == 1  # which is the same question


def test_all_own_pictures_but_the_one_on_show_are_compared_with(small: None, asked: list[tuple[int, Any]]) -> None:
    first, second = stripes(), stripes(70, 80)
    visitor = Visitor(LINK).wait().upload(file_of(first)).wait()
    assert references(asked)[-1] == "samples"  # for the only own picture is on show
    assert NONE_BROUGHT in captions(visitor)
    visitor.upload(file_of(second), "second.png").wait()
    assert references(asked)[-1] == lrp.PictureSet(OWN, [first])
    assert NONE_BROUGHT not in captions(visitor)
    visitor.put(sample="Coffee").wait()
    assert references(asked)[-1] == lrp.PictureSet(OWN, [second, first])
    (shown,) = (shown for shown in visitor.maps if shown.title == lrp.ExpectedGradients.label)
    network = lrp.load_backbone()
    x = network.preprocess(Image.fromarray(SAMPLES["Coffee"]()))
    result = lrp.explain(network, x, int(network.model(x).argmax()), lrp.ExpectedGradients(references(asked)[-1], 8))
    np.testing.assert_allclose(shown.values, result.relevance[0].sum(0).numpy(), atol=shown.step)


def test_a_sample_compared_with_own_pictures_is_nobody_elses(visitor: Visitor) -> None:
    before = SHARED_RESULTS.keys()
    visitor.upload(file_of(stripes())).wait()
    visitor.put(c="expected-gradients", sample="Coffee").wait()
    visitor.put({"c_expected-gradients_n_samples": 8}).wait()
    with_samples = SHARED_RESULTS.keys() - before
    assert any("expected-gradients" in key for key in with_samples)
    visitor.put({"c_expected-gradients_references": OWN}).wait()
    shared = SHARED_RESULTS.keys()
    assert not any(OWN in str(key) for key in shared)
