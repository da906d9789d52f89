"""A job that keeps relevance per channel: what it writes, that it goes on, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

import lrp
from lrp.jobs.attributes import StoreError
from lrp.jobs.channels import count_channels, last_layer
from lrp.jobs.read_store import read_store
from lrp.walk.channels import channel_relevance
from tests.lrp.jobs.kit import rows_of, run, same, small_job


def test_rows_are_those_of_the_engine_and_a_damaged_part_is_done_again(
    small: lrp.Backbone, folder: Path, tmp_path: Path
) -> None:
    assert (last_layer(small), count_channels(small, "layer4")) == ("layer4", small.model.fc.in_features)
    job, store = small_job(small, channels="layer4"), tmp_path / "store"
    (folder / "cat" / "bad.png").write_bytes(b"no picture")
    run(job, store, folder)
    found = read_store(store)
    assert (found.channel_layer("epsilon-plus-flat"), found.channel_layer("saliency")) == ("layer4", "")
    values = found.channels("epsilon-plus-flat")[:]
    method = lrp.EpsilonPlusFlat()
    for row in rows_of(store):
        if row["problem"]:
            assert np.isnan(values[row["position"]]).all()
        elif row["method"] == method.name:
            objective = lrp.Logit(row["class_index"])
            forward = lrp.trace(small, small.preprocess(lrp.decode_image(Path(row["file"]).read_bytes())))
            expected = channel_relevance(forward, objective, method.rules(small.network, objective), "layer4")
            np.testing.assert_allclose(values[row["position"]], expected[0].numpy(), rtol=1e-3, atol=1e-5)
    with pytest.raises(ValueError, match="keeps no relevance per channel by saliency"):
        found.channels("saliency")
    assert run(job, store, folder) == []
    part = store / "channels" / "epsilon-plus-flat" / "c" / "1" / "0"
    part.write_bytes(part.read_bytes()[:-1])
    assert sum(step.written for step in run(job, store, folder)) == 4
    run(job, tmp_path / "again", folder)
    same(store, tmp_path / "again")
    assert (read_store(tmp_path / "again").channels("epsilon-plus-flat")[:].tobytes()) == values.tobytes()


def test_a_store_with_channels_and_one_without_are_not_mixed(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    assert "channels" not in small_job(small).settings()  # or stores from before there were any would be done again
    run(small_job(small, channels="layer4"), tmp_path / "with", folder, limit=2)
    with pytest.raises(StoreError, match=r'begun with other settings \(channels "layer4" and not null\)'):
        run(small_job(small), tmp_path / "with", folder)
    run(small_job(small), tmp_path / "without", folder, limit=2)
    with pytest.raises(StoreError, match=r'begun with other settings \(channels null and not "layer3"\)'):
        run(small_job(small, channels="layer3"), tmp_path / "without", folder)


def test_what_has_no_relevance_per_channel_is_refused(small: lrp.Backbone) -> None:
    with pytest.raises(ValueError, match="known of LRP methods only, got saliency"):
        small_job(small, lrp.Saliency(), channels="layer4")
    with pytest.raises(ValueError, match="no node or module named 'layer9'"):
        small_job(small, channels="layer9")
