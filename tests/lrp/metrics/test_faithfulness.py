"""The curves of several maps of one picture beside those of random orders."""

import numpy as np
import pytest

import lrp
from lrp import metrics
from lrp.metrics.perturbation import Perturbation
from tests.lrp.metrics.kit import contributions, linear
from tests.networks import HIGH, LOW, pictures


@pytest.mark.parametrize("replacement", ["blur", "mean", "noise"])
@pytest.mark.parametrize("patch", [1, 4, 5])
def test_on_a_linear_network_the_exact_map_beats_chance_whose_mean_is_a_straight_line(replacement, patch):
    model, x = linear(), pictures(1, 16)[..., :12, :12]
    how = Perturbation(patch, 9, replacement, "logit")
    network = lrp.canonize(model, LOW, HIGH)
    values = contributions(model, x, 2, how.replaced(network, x))
    logit, total = float(model(x)[0, 2].detach()), values.sum(dtype=np.float64)
    curves = metrics.faithfulness(network, x, 2, {"exact": values}, how, random_orders=300)["exact"]
    # By chance each patch is taken as early as any other, so the mean of the random curves is a straight line.
    error = np.abs(curves.random.mean(0) - (logit - curves.shares * total))
    assert (error <= 4 * curves.random.std(0) / 300**0.5 + 1e-9).all()
    assert curves.gain > 0
    assert curves.deletion_area < curves.random_areas.min()


def test_several_maps_have_the_curves_that_each_has_alone(batch):
    model, x, _, values = batch
    network, how = lrp.canonize(model), Perturbation(4, 5, "mean")
    found = metrics.faithfulness(network, x[:1], 0, {"a": values[0], "b": -values[0]}, how, 3)
    assert np.allclose(found["a"].deletion, metrics.deletion(network, x[:1], 0, [values[0]], how)[0])
    assert np.allclose(found["a"].insertion, metrics.insertion(network, x[:1], 0, [values[0]], how)[0])
    assert np.allclose(found["b"].deletion, found["a"].insertion[::-1])
    assert found["a"].gain == pytest.approx(-found["b"].gain)
    assert metrics.gains(network, x[:1], 0, [values[0], -values[0]], how) == pytest.approx([found["a"].gain, found["b"].gain])


def test_equal_settings_give_equal_bits_and_another_seed_other_noise(batch):
    model, x, _, values = batch
    network = lrp.canonize(model)
    curves = [metrics.faithfulness(network, x[:1], 0, {"a": values[0]}, Perturbation(4, 8, "noise", seed=seed))["a"]
              for seed in (1, 1, 2)]  # fmt: skip
    assert np.array_equal(curves[0].random, curves[1].random)
    assert np.array_equal(curves[0].deletion, curves[1].deletion)
    assert not np.array_equal(curves[0].deletion, curves[2].deletion)


def test_the_score_of_the_explanation_alone_lies_at_the_ends_for_maps_of_everything_and_nothing(batch):
    model, x, _, _ = batch
    network, how = lrp.canonize(model), Perturbation(4, 4, "mean")
    everything, nothing = np.ones((12, 12)), -np.ones((12, 12))
    found = metrics.faithfulness(network, x[:1], 0, {"all": everything, "none": nothing}, how)
    assert found["all"].kept == pytest.approx(found["all"].deletion[0], rel=1e-5)
    assert found["none"].kept == pytest.approx(found["none"].deletion[-1], rel=1e-5)


def test_progress_goes_from_0_to_1(batch):
    model, x, _, values = batch
    network, shares = lrp.canonize(model), []
    metrics.faithfulness(network, x[:1], 0, {"a": values[0]}, Perturbation(2, 20), 5, shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert len(shares) > 5


def test_what_does_not_fit_is_refused(batch):
    model, x, _, _ = batch
    with pytest.raises(ValueError, match="at least 1, got 1, 10 and 0"):
        metrics.faithfulness(lrp.canonize(model), x[:1], 0, {})
