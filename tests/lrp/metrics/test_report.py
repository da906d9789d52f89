"""Report cards, their statistics, and the command that measures a folder of pictures."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import lrp
from lrp import metrics
from lrp.attribution import sum_channels
from lrp.cli.main import main
from lrp.cli.tables import TABLES
from lrp.metrics.report import NUMBERS
from lrp.pictures.picture_files import find_pictures
from tests.networks import HIGH, LOW, pictures, random_resnet

METHODS = (lrp.EpsilonPlusFlat(), lrp.Saliency(), lrp.InputXGradient())
QUICK = ("--method", "epsilon-plus-flat", "--method", "saliency", "--steps", "4", "--random-orders", "2", "--noisy-copies", "2")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    names = ("tench", "cat", "church", "golf ball", "gas pump", "parachute", "French horn")
    metadata = {"depth": 18, "categories": names, "size": 64, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]}
    save_file(random_resnet(18, dtype=torch.float32).state_dict(), path, {key: json.dumps(v) for key, v in metadata.items()})
    return str(path)


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((90, 70)).save(path)
    return path


def test_a_card_holds_what_each_measure_says_alone():
    network, x = lrp.canonize(random_resnet(18, dtype=torch.float32), LOW.float(), HIGH.float()), pictures(1, 64, torch.float32)
    how, shares = metrics.Perturbation(16, 4), []
    found = metrics.report(network, lrp.trace(network, x), 2, METHODS, how, 3, 0.03, 2, shares.append)
    maps = [sum_channels(lrp.explain(network, x, 2, method).relevance) for method in METHODS]
    curves = metrics.faithfulness(network, x, 2, dict(enumerate(maps)), how, 3)
    for i, (card, method) in enumerate(zip(found.cards, METHODS, strict=True)):
        assert (card.method, card.label) == (method.name, method.label)
        assert np.array_equal(found.maps[i], maps[i])
        assert np.allclose(card.curves.deletion, curves[i].deletion)
        assert np.allclose(card.curves.random, curves[i].random)
        assert card.sensitivity == metrics.sensitivity(network, x, 2, method, 0.03, 2)
        others = [metrics.spearman(maps[i], other) for j, other in enumerate(maps) if j != i]
        assert card.agreement == pytest.approx(np.mean(others))
        assert card.gini == metrics.gini(maps[i])
        assert card.seconds > 0
        assert tuple(card.numbers()) == NUMBERS
        assert card.words().keys() == metrics.ASPECTS.keys()
    result = lrp.explain(network, x, 2, METHODS[0])
    assert found.cards[0].gap == pytest.approx(float(result.gap[0]))
    assert found.cards[1].gap is None
    assert np.isnan(found.cards[1].numbers()["gap"])
    assert (shares[0] >= 0, shares[-1]) == (True, pytest.approx(1))
    assert shares == sorted(shares)


def card(deletion: list[float], insertion: list[float], gap: float | None = 0.01) -> metrics.ReportCard:
    random = np.array([[0.9, 0.5, 0.1], [0.9, 0.52, 0.1], [0.9, 0.48, 0.1]])
    curves = metrics.Faithfulness(np.linspace(0, 1, 3), np.array(deletion), np.array(insertion), random, 0.3)
    explained = None if gap is None else 2.0
    quiet = metrics.Sensitivity(0.4, 0.25)
    return metrics.ReportCard("m", "M", 1.9, explained, gap, curves, 0.5, 0.07, quiet, 0.02, float("nan"), 0.1)


@pytest.mark.parametrize(("deletion", "insertion", "said"), [
    ([0.9, 0.2, 0.1], [0.1, 0.8, 0.9], "What it marks is what the network needs, and enough for it"),
    ([0.9, 0.2, 0.1], [0.1, 0.5, 0.9], "The network needs what it marks, but that alone is not enough for it"),
    ([0.9, 0.5, 0.1], [0.1, 0.8, 0.9], "What it marks is enough for the network, which does not depend on it"),
    ([0.9, 0.7, 0.1], [0.1, 0.5, 0.9], "What it marks matters to the network no more than any other part"),
])  # fmt: skip
def test_words_follow_from_the_curves(deletion, insertion, said):
    assert card(deletion, insertion).words()["faithfulness"].startswith(said)


def test_words_follow_from_the_other_numbers():
    good = card([1, 1, 1], [1, 1, 1])
    assert good.words()["accuracy"] == "It adds up to 1.90 of 2.00, as it should."
    assert good.words()["focus"] == "Half of the relevance lies on 7% of the picture."
    assert good.words()["stability"].endswith("changes the map by 25%.")
    assert good.words()["agreement"] == "There is nothing to compare it with."
    assert "off by 60%" in card([1, 1, 1], [1, 1, 1], 0.6).words()["accuracy"]
    assert "promises no sum" in card([1, 1, 1], [1, 1, 1], None).words()["accuracy"]
    assert good.curves.drop == pytest.approx(0.7)
    assert not good.curves.increase


def test_a_paired_interval_is_narrow_where_the_difference_is_steady():
    generator = np.random.default_rng(1)
    hard = generator.normal(0, 10, 40)
    first, second = hard + 1 + generator.normal(0, 0.1, 40), hard
    found = metrics.paired_difference(first, second)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx((first - second).mean())
    # A mean of 40 with deviation 0.1 has the standard error 0.0158; pictures as they come would have 1.6.
    assert found.high - found.low == pytest.approx(2 * 1.96 * (first - second).std() / 40**0.5, rel=0.1)
    assert found == metrics.paired_difference(first, second)


def test_statistics_leave_out_what_is_no_number():
    nan = float("nan")
    found = metrics.paired_difference([1.0, nan, 3.0], [0.5, 1.0, 2.5])
    assert (found.mean, found.low, found.high, found.n) == (0.5, 0.5, 0.5, 2)
    alone = metrics.paired_difference([2.0], [1.0])
    assert (alone.mean, alone.n) == (1, 1)
    assert np.isnan([alone.low, alone.high]).all()
    assert metrics.spread([1.0, 3.0, nan]) == metrics.statistics.Spread(2.0, 2**0.5, 2)
    assert np.isnan(metrics.spread([nan]).mean)
    with pytest.raises(ValueError, match="a number for each picture, got 1 and 2"):
        metrics.paired_difference([1.0], [1.0, 2.0])


def test_a_folder_is_measured_into_tables(weights: str, tmp_path: Path, capsys):
    for seed, name in enumerate(("b.png", "a.jpg", "deeper/c.png")):
        picture(tmp_path / "photos" / name, seed)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    (tmp_path / "photos" / "broken.png").write_bytes(b"\x89PNG\r\n")
    out = tmp_path / "out"
    assert main(["measure", "--weights", weights, str(tmp_path / "photos"), "--out", str(out), *QUICK]) == 1
    told = capsys.readouterr()
    assert "broken.png: This PNG picture is damaged" in told.err
    assert "gain by epsilon-plus-flat" in told.out
    with open(out / "pictures.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(row["file"]).name, row["method"]) for row in rows] == [
        (name, method) for name in ("a.jpg", "b.png", "c.png") for method in ("epsilon-plus-flat", "saliency")
    ]
    tables = {name: pyarrow.parquet.read_table(out / f"{name}.parquet").to_pylist() for name in TABLES}
    assert [row["gain"] for row in tables["pictures"]] == [float(row["gain"]) for row in rows]
    assert json.loads(rows[0]["settings"])["epsilon"] == 1e-6
    gains = [[row["gain"] for row in tables["pictures"][place::2]] for place in (0, 1)]
    means = {(row["method"], row["number"]): row for row in tables["summary"]}
    assert means["saliency", "gain"]["mean"] == pytest.approx(np.mean(gains[1]))
    assert means["saliency", "gain"]["deviation"] == pytest.approx(np.std(gains[1], ddof=1))
    assert means["saliency", "gap"]["n"] == 0
    (difference,) = (row for row in tables["differences"] if row["number"] == "gain")
    assert (difference["method"], difference["versus"]) == ("epsilon-plus-flat", "saliency")
    assert difference["mean"] == pytest.approx(np.mean(np.subtract(*gains)))
    assert difference["low"] <= difference["mean"] <= difference["high"]


def test_no_table_is_overwritten(weights: str, tmp_path: Path, capsys):
    (tmp_path / "summary.csv").write_text("mine")
    assert main(["measure", "--weights", weights, str(picture(tmp_path / "a.png", 1)), "--out", str(tmp_path), *QUICK]) == 1
    assert "summary.csv exists already and would be overwritten" in capsys.readouterr().err
    assert (tmp_path / "summary.csv").read_text() == "mine"


@pytest.mark.parametrize(("arguments", "message"), [
    (["--replacement", "ink"], "replacement must be one of blur, mean, noise, got 'ink'"),
    (["--patch", "0"], "patch must be >= 1, got 0"),
    (["--random-orders", "0"], "must be between 1 and 1000, got 0"),
    (["--noise-level", "2"], "must be between 1e-06 and 1, got 2"),
])  # fmt: skip
def test_what_cannot_be_measured_is_said_in_one_line(weights: str, tmp_path: Path, capsys, arguments, message):
    with pytest.raises(SystemExit) as stop:
        main(["measure", "--weights", weights, str(picture(tmp_path / "a.png", 1)), *arguments])
    assert stop.value.code == 2
    assert message in (told := capsys.readouterr().err)
    assert told.count("\n") == 1


def test_the_measures_are_part_of_the_library_without_its_slow_imports() -> None:
    slow = {"scipy.stats", "scipy.cluster", "skimage"}
    code = f"import sys, lrp; assert lrp.metrics.gini; print({slow} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_a_folder_without_pictures_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="a folder must hold pictures"):
        find_pictures([str(tmp_path)])
    assert find_pictures(["gone.png", "gone.png"]) == ["gone.png"]
