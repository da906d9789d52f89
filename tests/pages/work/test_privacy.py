"""Two visitors with the same settings and near-identical pictures never see each other's result."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.caching.cache_type import CacheType
from streamlit.runtime.caching.hashing import update_hash

import lrp
from lrp.attribution import sum_channels
from pages.parts.choose.picture_sources import from_bytes
from pages.parts.choose.samples import sample
from pages.parts.work import compute
from pages.parts.work.question import SHARED_RESULTS, Question
from tests.visitor import Visitor

SIDE = 2000  # large enough for a spot that a sample of the pixels misses, not so large that it is reduced
FAST = {"c": lrp.EpsilonPlus.label}


def sampled(picture: Image.Image) -> str:
    """How Streamlit's own cache would know a picture."""
    hasher = hashlib.md5(usedforsecurity=False)
    update_hash(picture, hasher, CacheType.DATA, hash_source=sampled)
    return hasher.hexdigest()


def file_of(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def twins() -> tuple[bytes, bytes]:
    """Two files whose pictures differ in one small spot, and are the same to a hash of sampled pixels."""
    one = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
    wanted = sampled(one)
    for place in range(700, 1300, 17):
        two = one.copy()
        two.paste("red", (place, 1000, place + 6, 1006))
        if sampled(two) == wanted:
            return file_of(one), file_of(two)
    pytest.fail("no two pictures collide; the sampled hash has changed")


def expected(data: bytes, method: Any) -> np.ndarray:
    network = lrp.load_backbone()
    x = network.preprocess(lrp.decode_image(data))
    return sum_channels(lrp.explain(network, x, int(network.network(x).argmax()), method).relevance)


def test_pictures_made_to_collide_are_never_exchanged_between_visitors(twins: tuple[bytes, bytes]) -> None:
    compute.forget_shared()
    visitors = [Visitor(FAST), Visitor(FAST)]
    for method in (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat()):
        one, two = (expected(data, method) for data in twins)
        assert np.abs(one - two).max() > 1e-3 * np.abs(one).max()  # the spot can be told from the map
    for visitor, data in zip(visitors, twins, strict=True):
        visitor.upload(data, "holiday.png").wait()
    for order in (visitors, visitors[::-1]):
        for visitor in order:
            visitor.run()
    shown = [visitor.maps[0] for visitor in visitors]
    for data, own, other in zip(twins, shown, shown[::-1], strict=True):
        values = expected(data, lrp.UniformEpsilon())
        assert np.abs(own.values - values).max() < np.abs(other.values - values).max() / 2


def test_pictures_made_to_collide_are_two_questions(twins: tuple[bytes, bytes]) -> None:
    pictures = [from_bytes(data, "holiday.png") for data in twins]
    assert sampled(pictures[0].image) == sampled(pictures[1].image)
    network = lrp.load_backbone()
    questions = [Question(picture, network, lrp.Logit(0), lrp.UniformEpsilon()) for picture in pictures]
    assert questions[0].key != questions[1].key
    assert not any(picture.shared for picture in pictures)


@pytest.mark.usefixtures("no_rest")
def test_no_result_of_an_upload_is_kept_where_others_look(twins: tuple[bytes, bytes]) -> None:
    compute.forget_shared()
    visitor = Visitor(FAST).wait()
    before = SHARED_RESULTS.keys()
    visitor.upload(twins[0], "holiday.png").put({"b": "integrated-gradients"}).wait()
    assert SHARED_RESULTS.keys() == before
    picture = hashlib.sha256(twins[0]).hexdigest()
    assert picture in {key[0] for key in visitor.at.session_state["results"].keys()}  # noqa: SIM118 - a Store
    assert ("seen", picture) in {key[:2] for key in visitor.at.session_state["logits"].keys()}  # noqa: SIM118 - a Store


def test_what_a_network_sees_is_made_once_and_is_what_it_is_given() -> None:
    picture, networks = sample("Cat"), [lrp.load_backbone(depth) for depth in (18, 34)]
    seen = [compute.seen(picture, network) for network in networks]
    assert compute.seen(picture, networks[0]) is seen[0]
    assert seen[1] is not seen[0]
    assert np.array_equal(seen[0], networks[0].as_seen(networks[0].preprocess(picture.image)))


def test_visitors_at_the_same_moment_get_their_own(twins: tuple[bytes, bytes]) -> None:
    compute.forget_shared()
    network = lrp.load_backbone()
    pictures = [from_bytes(data, "a.png") for data in twins]
    works = [Question(picture, network, lrp.Logit(1), lrp.EpsilonPlusFlat()).prepare() for picture in pictures]

    def ask(number: int) -> np.ndarray:
        return works[number % 2](None).relevance

    with ThreadPoolExecutor(4) as crowd:
        found = list(crowd.map(ask, range(12)))
    for number, relevance in enumerate(found):
        np.testing.assert_array_equal(relevance, found[number % 2])
    assert not np.array_equal(found[0], found[1])
