"""The command line: that it computes what the library does, and writes what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp.attribution import sum_channels
from lrp.display.colours import colour_limit, colourise
from lrp.display.sheet import GAP, LINE_HEIGHT, MARGIN, SIDE
from tests.lrp.cli.kit import CATEGORIES, QUICK, numbers, picture, record

CHOSEN = ("--method", "zero-epsilon-gamma-box", "--method", "uniform-epsilon", "--method", "integrated-gradients")
GIVEN = ("--epsilon", "0.5", "--relative", "--gamma", "1", "--baseline", "grey", "--n-steps", "8", "--tolerance", "none")
SAME = (lrp.ZeroEpsilonGammaBox(0.5, 1.0), lrp.UniformEpsilon(0.5, True), lrp.IntegratedGradients("grey", 8, None))


def test_the_numbers_are_those_of_the_library_to_the_bit(explain, here: Path, weights: str):
    file = picture(here / "photo.png")
    assert explain(file, *CHOSEN, *GIVEN, "--target", "church", "--out", "maps") == 0
    found = numbers(here / "maps" / "photo.npz")
    backbone = lrp.load_backbone(18, weights)
    x = backbone.preprocess(lrp.decode_image(file.read_bytes()))
    results = [lrp.explain(backbone, x, CATEGORIES.index("church"), method) for method in SAME]
    for i, (method, result) in enumerate(zip(SAME, results, strict=True), start=1):
        np.testing.assert_array_equal(found[f"relevance_{i}_{method.name}"], result.relevance[0])
    np.testing.assert_array_equal(found["logits"], results[0].logits[0])
    np.testing.assert_array_equal(found["picture"], backbone.as_seen(x))
    assert tuple(found["classes"]) == CATEGORIES
    assert len(found) == len(SAME) + 4


def test_the_record_holds_settings_prediction_and_sums(explain, here: Path, weights: str):
    file = picture(here / "photo.png")
    explain(file, *CHOSEN, *GIVEN, "--target", "church", "--out", "maps")
    said, found = record(here / "maps" / "photo.json"), numbers(here / "maps" / "photo.npz")
    probabilities = torch.from_numpy(found["logits"]).softmax(0).numpy()
    order = [int(i) for i in np.argsort(-probabilities)[:5]]
    assert [(best["index"], best["class"]) for best in said["top five"]] == [(i, CATEGORIES[i]) for i in order]
    np.testing.assert_allclose([best["probability"] for best in said["top five"]], probabilities[order], rtol=1e-6)
    assert said["prediction"] == said["top five"][0]
    assert said["settings"] == json.loads(str(found["settings"]))
    assert said["settings"]["explained class"] == "church"
    assert said["settings"]["weights"] == weights
    assert [lrp.METHODS[each.pop("method")](**each) for each in said["settings"]["methods"]] == list(SAME)
    assert [each["n_steps"] for each in said["results"]] == [None, None, 8]
    assert all(each["seconds"] > 0 for each in said["results"])
    for i, (method, each) in enumerate(zip(SAME, said["results"], strict=True), start=1):
        assert each["method"] == method.name
        total = found[f"relevance_{i}_{method.name}"].sum(dtype=np.float64)
        assert each["total"] == pytest.approx(total, rel=1e-3, abs=1e-5)
    assert [each["explained"] for each in said["results"][:2]] == [float(found["logits"][5])] * 2


@pytest.mark.parametrize(
    ("look", "percentile", "scale", "photo"),
    [
        ((), 99.0, "Blue - white - red", 0.0),
        (("--percentile", "90", "--colours", "purple-white-orange", "--photo", "0.5"), 90.0, "Purple - white - orange", 0.5),
    ],
)
def test_the_sheet_shows_what_the_network_saw_and_every_map(explain, here: Path, look, percentile, scale, photo):
    assert explain(picture(here / "photo.jpg"), "--method", "uniform-epsilon", *QUICK, *look) == 0
    found, said = numbers(here / "photo.npz"), record(here / "photo.json")
    seen, top = Image.fromarray(found["picture"]), MARGIN + 3 * LINE_HEIGHT + GAP + 4
    tiles = [seen]
    for name in ("relevance_1_uniform-epsilon", "relevance_2_epsilon-plus-flat"):
        values = sum_channels(torch.from_numpy(found[name])[None])
        tiles.append(colourise(values, colour_limit([values], percentile), scale, seen, photo))
    with Image.open(here / "photo.png") as sheet:
        for i, tile in enumerate(tiles):
            left = MARGIN + i * (SIDE + MARGIN)
            shown = np.asarray(sheet.crop((left, top, left + SIDE, top + SIDE)))
            np.testing.assert_array_equal(shown, tile.resize((SIDE, SIDE), Image.Resampling.NEAREST))
        assert json.loads(sheet.info["settings"]) == said["settings"]
    assert said["settings"]["display"] == {"scale": scale, "photo": photo, "percentile": percentile}


def test_three_methods_and_the_predicted_class_are_the_default(explain, here: Path, capsys):
    assert explain(picture(here / "photo.png"), "--n-steps", "8", "--tolerance", "none", "--out", "maps") == 0
    said = record(here / "maps" / "photo.json")
    names = ["uniform-epsilon", "epsilon-plus-flat", "integrated-gradients"]
    assert [each["method"] for each in said["results"]] == names
    assert said["settings"]["explained class"] == said["prediction"]["class"]
    assert said["settings"]["methods"][0] == {
        "method": "uniform-epsilon", "epsilon": 0.25, "relative": False, "residual": "signed", "shifts": 1,
    }
    out, err = capsys.readouterr()
    best = said["prediction"]
    assert out.startswith(f"{here / 'photo.png'}: {best['class']} {best['probability']:.1%}; uniform-epsilon sums to ")
    for each in said["results"]:
        assert f"{each['method']} sums to {each['total']:.3g} of {each['explained']:.3g} in {each['seconds']:.2f} s" in out
    assert (out.count("\n"), err) == (1, "")


def test_another_class_than_the_predicted_one_is_named(explain, here: Path, capsys):
    explain(picture(here / "photo.png"), *QUICK, "--out", "maps")
    best = record(here / "maps" / "photo.json")["prediction"]["index"]
    explain(here / "photo.png", *QUICK, "--out", "maps", "--target", (best + 1) % 7)
    assert f"; explained: {CATEGORIES[(best + 1) % 7]}; " in capsys.readouterr().out.splitlines()[1]
