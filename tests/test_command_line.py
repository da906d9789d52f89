"""The command line: that it computes what the library does, writes what it says, and what it does with mistakes."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import lrp
from lrp import __main__ as command_line
from lrp import files
from lrp.__main__ import main
from lrp.batch import Batch
from lrp.composites import table
from lrp.files import output_names
from lrp.heatmap import LINE, MARGIN, SCALES, SIDE, colourise, limit_of, sum_channels
from lrp.options import find_class
from lrp.parameters import in_words, parameter
from tests.networks import random_resnet

ROOT = Path(__file__).parents[1]
CATEGORIES = ("tench", "English springer", "cat", "tiger cat", "gas pump", "church", "golf ball")
SETTINGS = [(name, setting) for name, method in lrp.METHODS.items() for setting in fields(method)]
LRP = [name for name, method in lrp.METHODS.items() if method.family == "LRP"]
QUICK = ("--method", "epsilon-plus-flat")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    metadata = {"depth": 18, "categories": CATEGORIES, "size": 64, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]}
    tensors = random_resnet(18, dtype=torch.float32).state_dict()
    save_file(tensors, path, {key: json.dumps(value) for key, value in metadata.items()})
    return str(path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def explain(weights: str, here: Path) -> Callable[..., int]:
    return lambda *arguments: main(["explain", "--weights", weights, *map(str, arguments)])


def picture(path: Path, seed: int = 3, size: tuple[int, int] = (90, 70)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size).save(path)
    return path


def numbers(path: Path) -> dict[str, Any]:
    with np.load(path) as found:
        return dict(found)


def record(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said about arguments that cannot be: one line on stderr, nothing on stdout, exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    assert (caught.value.code, out, err.count("\n")) == (2, "", 1)
    return err


# What it computes


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
    assert len(found) == len(SAME) + 3


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
    seen, top = Image.fromarray(found["picture"]), MARGIN + 3 * LINE + 4
    tiles = [seen]
    for name in ("relevance_1_uniform-epsilon", "relevance_2_epsilon-plus-flat"):
        values = sum_channels(torch.from_numpy(found[name])[None])
        tiles.append(colourise(values, limit_of([values], percentile), scale, seen, photo))
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
        "method": "uniform-epsilon", "epsilon": 0.25, "relative": False, "residual": "signed",
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


# Settings


def made(*arguments: str) -> list[Any]:
    options = command_line._parser().parse_args(["explain", "photo.png", *arguments])
    return command_line.make_methods(options.method, options)


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=lambda value: getattr(value, "name", value))
def test_every_setting_of_every_method_is_an_option(name: str, setting: Any):
    meta, flag = setting.metadata, "--" + setting.name.replace("_", "-")
    if isinstance(setting.default, bool):
        values = {True: [flag], False: ["--no-" + setting.name.replace("_", "-")]}
    else:
        values = {value: [flag, in_words(value)] for value in meta["options"] or meta["range"]}
    for value, arguments in values.items():
        (method,) = made("--method", name, *arguments)
        assert method == lrp.METHODS[name](**{setting.name: value})
        assert type(getattr(method, setting.name)) is type(value) or isinstance(setting.default, int)


def test_a_setting_reaches_every_chosen_method_that_has_it():
    both = made("--method", "uniform-epsilon", "--method", "integrated-gradients", *QUICK, "--epsilon", "3", "--no-zero-bias")
    assert both == [lrp.UniformEpsilon(3.0), lrp.IntegratedGradients(), lrp.EpsilonPlusFlat(3.0)]


def test_a_method_named_twice_is_run_once():
    assert made(*QUICK, *QUICK) == [lrp.EpsilonPlusFlat()]


@dataclass(frozen=True)
class Newcomer(lrp.EpsilonPlus):
    """A method that the command line has never heard of."""

    name = "newcomer"
    label = "New"
    summary = "Something of tomorrow."
    sharp_edges: bool = parameter(True, "Sharp", "Keeps 100 % of the edges.")
    mode: str = parameter("soft", "Mode", "How it goes about it.", options=("soft", "hard"))
    order: int | None = parameter(None, "Order", "The order of it.", options=(None, 2, 4))

    def __post_init__(self) -> None:
        if self.order == 13:
            raise ValueError(f"order must not be 13, got {self.order}")


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lrp.METHODS, "newcomer", Newcomer)


@pytest.mark.usefixtures("newcomer")
def test_a_new_method_needs_no_change_here(explain, here: Path, capsys):
    given = ("--no-sharp-edges", "--mode", "hard", "--order", "4", "--zero-bias")
    assert explain(picture(here / "photo.jpg"), "--method", "newcomer", *given) == 0
    (said,) = record(here / "photo.json")["settings"]["methods"]
    assert Newcomer(**{key: value for key, value in said.items() if key != "method"}) == Newcomer(1e-6, True, False, "hard", 4)
    assert made("--method", "newcomer", "--order", "3") == [Newcomer(order=3)]
    with suppress(SystemExit):
        main(["explain", "--help"])
    assert "Keeps 100 % of the edges." in " ".join(capsys.readouterr().out.split())
    main(["rules", "--method", "newcomer"])
    assert "ZPlus" in capsys.readouterr().out


@pytest.mark.usefixtures("newcomer")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--n-steps", "0"], "n_steps must be between 1 and 1024, got 0"),
        (["--n-steps", "1.5"], "n_steps must be a whole number, got '1.5'"),
        (["--n-steps", "9" * 5000], "n_steps must be a whole number, got"),
        (["--tolerance", "0"], "tolerance must be above 0 or None, got 0.0"),
        (["--tolerance", "nix"], "tolerance must be a number or none, got 'nix'"),
        (["--baseline", "pink"], "baseline must be one of black, white, grey, blurred, noise, got 'pink'"),
        (["--epsilon", "-1"], "epsilon must be >= 0 and finite, got -1.0"),
        (["--epsilon", "nan"], "epsilon must be a number, got 'nan'"),
        (["--gamma", "1"], "--gamma is a setting of zero-epsilon-gamma-box, epsilon-gamma-box, got --method uniform-epsilon, "),
        ([*QUICK, "--relative"], "--relative is a setting of uniform-epsilon, got --method epsilon-plus-flat"),
        (["--method", "newcomer", "--order", "13"], "order must not be 13, got 13"),
        (["--method", "magic"], "invalid choice: 'magic' (choose from 'uniform-epsilon', "),
        (["--depth", "19"], "depth must be one of 18, 34, 50, 101, 152, got 19"),
        (["--percentile", "0"], "must be between 1 and 100, got 0"),
        (["--photo", "1.1"], "must be between 0 and 1, got 1.1"),
        (["--colours", "pink"], "invalid choice: 'pink'"),
        (["--eps", "1"], "unrecognized arguments: --eps 1"),
        (["--target", "dog"], "target must be the name or the index of a class, got 'dog'"),
        (["--target", "7"], "target must be between 0 and 6, got 7"),
        (["--target", "-1"], "target must be between 0 and 6, got -1"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_arguments_outside_their_limits_are_one_line_with_value_and_limit(weights: str, here: Path, arguments, words, capsys):
    file = picture(here / "photo.png")
    before = set(here.iterdir())
    assert words in refusal(["explain", str(file), "--weights", weights, *arguments], capsys)
    assert set(here.iterdir()) == before


def test_without_a_command_or_a_file_it_says_what_is_missing(capsys):
    assert "explain | measure | methods | rules" in refusal([], capsys)
    assert "FILE" in refusal(["explain"], capsys)


# Classes


@pytest.mark.parametrize("wanted", ["English springer", "english_springer", "ENGLISH  SPRINGER", "1"])
def test_a_class_is_found_by_name_or_index(wanted: str):
    assert find_class(wanted, CATEGORIES) == 1


def test_a_class_whose_name_is_a_number_is_found_by_its_name():
    assert find_class("7", ("9", "8", "7")) == 2


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("catt", "got 'catt'; did you mean cat?"),
        ("springer", "did you mean English springer?"),
        ("golf_bal", "did you mean golf ball?"),
        ("xyzzy", "got 'xyzzy'$"),
        ("", "got ''$"),
    ],
)
def test_an_unknown_class_is_answered_with_the_nearest(wanted: str, words: str):
    with pytest.raises(ValueError, match=words):
        find_class(wanted, CATEGORIES)


def test_a_name_that_two_classes_have_is_not_guessed():
    with pytest.raises(ValueError, match=r"target must name one class, got 'crane', the name of \[0, 2\]; give the index"):
        find_class("crane", ("crane", "cat", "Crane"))


# Files


def test_pictures_of_the_same_name_do_not_overwrite_each_other(explain, here: Path):
    sources = [picture(here / "a" / "cat.png", 1), picture(here / "b" / "cat.jpg", 2), picture(here / "c" / "CAT.png", 3)]
    for _ in range(2):  # a second run replaces the results of the first, and makes no more
        assert explain(*sources, sources[0], *QUICK, "--out", "maps") == 0
        names = ["cat", "cat-2", "CAT-3"]
        assert {path.name for path in (here / "maps").iterdir()} == {n + s for n in names for s in (".png", ".npz", ".json")}
        assert [record(here / "maps" / f"{name}.json")["file"] for name in names] == list(map(str, sources))
    seen = [numbers(here / "maps" / f"{name}.npz")["picture"] for name in names]
    assert not np.array_equal(seen[0], seen[1])


def test_nothing_that_is_not_an_earlier_result_is_overwritten(explain, here: Path):
    picture(here / "photo.png")
    (here / "other.json").write_text('{"settings": []}')
    (here / "gone.npz").symlink_to(here / "nowhere")
    picture(here / "other.jpg")
    picture(here / "gone.jpg")
    before = {path: path.read_bytes() for path in here.iterdir() if path.exists()}
    for _ in range(2):
        assert explain("photo.png", "other.jpg", "gone.jpg", *QUICK) == 0
        assert {path: path.read_bytes() for path in before} == before
        assert not (here / "nowhere").exists()
        made = {path.stem for path in here.iterdir() if path.suffix == ".npz" and path.exists()}
        assert made == {"photo-2", "other-2", "gone-2"}


def test_a_sheet_that_is_to_be_explained_is_not_overwritten_either(explain, here: Path):
    explain(picture(here / "photo.jpg"), *QUICK)
    sheet = (here / "photo.png").read_bytes()
    assert explain("photo.png", *QUICK) == 0
    assert (here / "photo.png").read_bytes() == sheet
    assert record(here / "photo-2.json")["file"] == "photo.png"


@pytest.mark.parametrize("file", [".", "", "/", ".."])
def test_every_file_gets_a_name(here: Path, file: str):
    (name,) = output_names([file], here)
    assert name


def test_one_bad_file_does_not_stop_the_others(explain, here: Path, capsys):
    (here / "notes.jpg").write_text("no picture")
    (here / "empty.jpg").touch()
    bad = ["notes.jpg", "empty.jpg", "nowhere.jpg", ".", "https://example.org/cat.jpg"]
    assert explain(*bad, picture(here / "photo.jpg"), *QUICK, "--out", "maps") == 1
    out, err = capsys.readouterr()
    assert {path.name for path in (here / "maps").iterdir()} == {"photo.png", "photo.npz", "photo.json"}
    assert out.count("\n") == 1
    for line, file, words in zip(
        err.splitlines(), bad, ["not a picture", "empty", "no such file", "is a directory", "save the file first"], strict=True
    ):
        assert line.startswith(f"{file}: ")
        assert words in line
        assert line.endswith(".")


def test_a_file_that_is_too_large_is_not_read(here: Path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    with (here / "film.png").open("wb") as file:
        file.truncate(1_000_001)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("read"))
    with pytest.raises(lrp.InputError, match="more than 1 MB"):
        files.read("film.png")


def test_links_are_never_opened(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setattr("socket.socket", lambda *arguments, **more: pytest.fail("a socket"))
    assert explain("http://127.0.0.1:9/cat.jpg", "ftp://127.0.0.1/cat.jpg", *QUICK) == 1
    assert capsys.readouterr().err.count("save the file first") == 2


def test_a_name_that_is_not_utf_8_is_no_obstacle(explain, here: Path, capsys):
    name = os.fsdecode(b"caf\xe9.jpg")
    picture(here / "plain.jpg").rename(here / name)
    assert explain(name, os.fsdecode(b"\xff.jpg"), *QUICK) == 1
    assert (here / os.fsdecode(b"caf\xe9.npz")).exists()
    assert record(here / os.fsdecode(b"caf\xe9.json"))["file"] == "caf?.jpg"
    assert capsys.readouterr().out.startswith("caf?.jpg: ")


def test_where_nothing_can_be_written_is_one_sentence(explain, here: Path, capsys):
    file = picture(here / "photo.jpg")
    assert explain(file, *QUICK, "--out", file) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"The results cannot be written to {file} (file exists); choose another folder.\n"


@dataclass(frozen=True)
class Overflowing(lrp.EpsilonPlus):
    """A method whose relevance is beyond all numbers."""

    name = "overflowing"

    def explain(self, *arguments: Any) -> lrp.Attribution:
        found = super().explain(*arguments)
        return lrp.Attribution(found.relevance * float("inf"), found.logits, found.explained)


def test_relevance_that_is_not_finite_is_said_and_not_written(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setitem(lrp.METHODS, "overflowing", Overflowing)
    assert explain(picture(here / "photo.jpg"), "--method", "overflowing", "--out", "maps") == 1
    assert "The relevance by overflowing is no longer finite" in capsys.readouterr().err
    assert not (here / "maps").exists()


# Weights, progress, interruption


def test_weights_that_cannot_be_had_are_one_sentence(here: Path, weights: str, capsys):
    file = str(picture(here / "photo.jpg"))
    for arguments, words in (
        (["--weights", "nowhere.safetensors"], "there is no such file"),
        (["--weights", "own.pth"], "are a pickle, which can hold code"),
        (["--weights", weights, "--depth", "50"], "those of a ResNet-18; choose that depth"),
    ):
        assert main(["explain", file, *arguments]) == 1
        out, err = capsys.readouterr()
        assert words in err
        assert (out, err.count("\n")) == ("", 1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert explain(picture(here / "photo.jpg"), *QUICK) == 0
    assert "photo:   0%|" in terminal.getvalue()
    assert "weights" not in terminal.getvalue()
    assert capsys.readouterr().out.count("\n") == 1


def test_a_download_is_shown_on_a_terminal(here: Path, weights: str, monkeypatch):
    def load(depth: int, name: str, progress: Callable[[int, int], None], architecture: str) -> lrp.Backbone:
        assert (depth, name, architecture) == (18, "imagenet", "resnet")
        progress(20_000_000, 50_000_000)
        time.sleep(0.15)  # tqdm draws ten times a second at most
        progress(50_000_000, 50_000_000)
        return lrp.load_backbone(18, weights)

    monkeypatch.setattr(command_line, "load_backbone", load)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main(["explain", "--weights", "imagenet", str(picture(here / "photo.jpg")), *QUICK]) == 0
    assert "weights: 100%|" in terminal.getvalue()
    assert "50.0M/50.0M" in terminal.getvalue()


def test_the_share_done_only_grows_and_ends_at_one(here: Path, weights: str):
    shares: list[float] = []
    methods = [lrp.UniformEpsilon(), lrp.IntegratedGradients(n_steps=16, tolerance=None)]
    Batch(lrp.load_backbone(18, weights), methods).explain(str(picture(here / "photo.jpg")), here / "photo", shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1


def test_an_interruption_ends_it_quietly(explain, here: Path, monkeypatch, capsys):
    def interrupt(*arguments: Any) -> Iterator[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "explain", interrupt)
    assert explain(picture(here / "photo.jpg")) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_goes_away_is_no_error_message(monkeypatch: pytest.MonkeyPatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert main(["methods"]) == 1
    assert capsys.readouterr().err == ""


# The other commands


def test_every_method_is_listed_with_its_settings(capsys):
    assert main(["methods"]) == 0
    entries = capsys.readouterr().out.split("\n\n")
    for entry, method in zip(entries, lrp.METHODS.values(), strict=True):
        assert entry.startswith(f"{method.name}: {method.label}\n")
        words = " ".join(entry.split())
        assert method.summary in words
        for setting in fields(method):
            assert setting.metadata["help"] in words
            assert f"--{setting.name.replace('_', '-')} (default " in words
    assert "--epsilon (default 0.25; 0 to 10)" in entries[0]
    assert "--relative (default off)" in entries[0]
    assert "--tolerance (default 0.01; 0.05, 0.02, 0.01, 0.005, none)" in entries[list(lrp.METHODS).index("integrated-gradients")]


@pytest.mark.parametrize("name", LRP)
def test_the_rules_are_those_that_the_network_gets(name: str, weights: str, capsys):
    assert main(["rules", "--method", name]) == 0
    assert capsys.readouterr().out == table(lrp.METHODS[name]().rules(lrp.load_backbone(18, weights).network)) + "\n"


def test_the_rules_follow_depth_and_settings(capsys):
    assert main(["rules", "--method", "uniform-epsilon", "--depth", "50", "--epsilon", "0.125", "--relative"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    weighted = [rule for name, rule in lines if "conv" in name or "downsample" in name or name == "fc"]
    assert weighted == ["Epsilon(epsilon=0.125, relative=True, bias=True)"] * 54


def test_a_method_without_rules_is_one_line(capsys):
    said = refusal(["rules", "--method", "integrated-gradients"], capsys)
    assert "method must be one that has rules, uniform-epsilon, " in said
    negative = ["rules", "--method", "uniform-epsilon", "--epsilon", "-1"]
    assert "epsilon must be >= 0 and finite, got -1.0" in refusal(negative, capsys)


def test_it_runs_as_a_program(here: Path, weights: str):
    picture(here / "photo.jpg")
    command = [sys.executable, "-m", "lrp", "explain", "photo.jpg", "nowhere.jpg", "--weights", weights, "--method",
               "uniform-epsilon", "--target", "golf_ball", "--out", "maps"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=here, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1
    assert done.stdout.startswith("photo.jpg: ")
    assert done.stderr == "nowhere.jpg: This file cannot be read (no such file or directory); check the path.\n"
    found = numbers(here / "maps" / "photo.npz")["relevance_1_uniform-epsilon"]
    backbone = lrp.load_backbone(18, weights)
    x = backbone.preprocess(lrp.decode_image((here / "photo.jpg").read_bytes()))
    np.testing.assert_allclose(found, lrp.explain(backbone, x, 6, lrp.UniformEpsilon()).relevance[0], rtol=1e-3, atol=1e-9)


def test_every_scale_of_colours_can_be_named():
    assert list(command_line.COLOURS.values()) == list(SCALES)
    assert not any(" " in name for name in command_line.COLOURS)
