"""A watermark that is planted in half of a class comes out as its own cluster, is named, and is confirmed by the test."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

import lrp
from lrp.datasets.clusters import cluster_maps, pooled_maps
from lrp.datasets.dataset import read_dataset
from lrp.datasets.selection_words import selection_sentence
from lrp.datasets.suspicion import BLUR, MOVE, draw_pairs, measure_suspicion, move_inside
from lrp.region import Region
from tests.lrp.datasets.kit import CORNER, EACH, make_store, pictures, write


@pytest.fixture(scope="module")
def cat(backbone: lrp.Backbone) -> int:
    return backbone.categories.index("cat")


@pytest.fixture(scope="module")
def inputs(backbone: lrp.Backbone) -> dict[bool, torch.Tensor]:
    return {marked: torch.cat([backbone.preprocess(each) for each in pictures(marked)]) for marked in (True, False)}


def test_it_is_a_cluster_that_words_name(backbone: lrp.Backbone, cat: int, tmp_path: Path) -> None:
    for marked in (True, False):
        write(tmp_path / "cat", pictures(marked), "marked" if marked else "plain")
    dataset = read_dataset(make_store(tmp_path / "store", tmp_path / "cat", backbone, cat))
    assert dataset.classes == ["cat"]
    found = dataset.of_class("cat")
    maps, planted = pooled_maps(dataset, found), np.array(["marked" in picture.file for picture in found])
    clusters = cluster_maps(maps)
    assert clusters.count == 2
    assert adjusted_rand_score(planted, clusters.spectral) > 0.9
    assert adjusted_rand_score(planted, clusters.density) > 0.9
    assert clusters.places.shape == (2 * EACH, 2)
    across = np.linalg.norm(clusters.places[planted].mean(0) - clusters.places[~planted].mean(0))
    assert across > clusters.places[planted].std()
    again = cluster_maps(maps)
    assert all(np.array_equal(getattr(again, name), getattr(clusters, name)) for name in ("spectral", "density", "places"))
    said = selection_sentence(maps[planted], maps[~planted])
    assert said.startswith(f"These {EACH} of {2 * EACH} pictures are decided by their lower left corner: ")


def test_the_test_of_suspicion_confirms_it(backbone: lrp.Backbone, cat: int, inputs: dict[bool, torch.Tensor]) -> None:
    found = measure_suspicion(backbone, inputs[True], inputs[False], cat, CORNER, BLUR)
    assert found.is_confirmed
    assert 0 < found.difference.low < found.difference.mean < found.difference.high
    assert found.difference.mean == pytest.approx((found.suspected - found.others).mean())
    with torch.inference_mode():  # as a person would measure it
        changed = inputs[True].clone()
        changed[..., *CORNER.inside] = lrp.metrics.regions.blur_inside(inputs[True], Region(0, 0, 160, 160))[..., *CORNER.inside]
        before, after = (backbone.network(x).softmax(-1)[:, cat] for x in (inputs[True], changed))
    np.testing.assert_allclose(found.suspected, (before - after).numpy(), atol=1e-5)
    elsewhere = measure_suspicion(backbone, inputs[True], inputs[False], cat, Region(96, 0, 160, 64), BLUR)
    assert elsewhere.difference.high < found.difference.low
    assert elsewhere.beyond_opposite is not None
    assert elsewhere.beyond_opposite.high < 0
    assert not elsewhere.is_confirmed
    assert found.beyond_opposite is not None
    assert found.beyond_opposite.mean == pytest.approx(-elsewhere.beyond_opposite.mean, abs=1e-6)  # the two regions are opposite
    assert measure_suspicion(backbone, inputs[True], inputs[False], cat, Region(0, 40, 100, 160), BLUR).beyond_opposite is None
    # The face is a cat's wherever it is: the network needs what is shown, and not its place.
    assert not measure_suspicion(backbone, inputs[True], inputs[False], cat, CORNER, MOVE).is_confirmed


def test_moving_exchanges_a_region_for_the_opposite_one() -> None:
    x = torch.arange(2 * 3 * 8 * 10.0).reshape(2, 3, 8, 10)
    moved = move_inside(x, Region(0, 5, 4, 8))
    assert torch.equal(moved[..., 5:8, 0:4], x[..., 0:3, 6:10])
    assert torch.equal(moved[..., 0:3, 6:10], x[..., 5:8, 0:4])
    assert torch.equal(moved.flatten().sort().values, x.flatten().sort().values)
    assert torch.equal(move_inside(moved, Region(0, 5, 4, 8)), x)
    with pytest.raises(ValueError, match="across the centre"):
        move_inside(x, Region(0, 2, 6, 8))


def test_pairs_are_as_many_as_both_suffice_for() -> None:
    for suspected, others in ((5, 9), (9, 5)):
        one, other = draw_pairs(suspected, others)
        assert len(one) == len(other) == 5
        assert len(set(one)) == len(set(other)) == 5
        assert (max(one) < suspected, max(other) < others) == (True, True)
    with pytest.raises(ValueError, match="as many others of the class, got 2 and 9"):
        draw_pairs(2, 9)
