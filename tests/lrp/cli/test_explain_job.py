"""python -m lrp explain FOLDER --out STORE: what is typed and told of a job over many pictures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrp.jobs.read_store import read_store
from tests.lrp.cli.kit import CATEGORIES, QUICK, picture, refusal

Explain = Callable[..., int]


def files_of(store: str) -> list[str]:
    return read_store(store).rows(["file"])["file"].to_pylist()


@pytest.fixture
def photos(here: Path) -> Path:
    for i, name in enumerate(("cat/a.png", "cat/b.png", "church/c.png", "church/d.png")):
        picture(here / "photos" / name, i)
    return here / "photos"


def test_a_folder_becomes_a_store_and_the_same_command_goes_on(
    explain: Explain, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain("photos", *QUICK, "--out", "store", "--limit", 3) == 0
    out, err = capsys.readouterr()
    first, last = out.splitlines()
    assert first.startswith("3 pictures in ")
    assert first.endswith(" a second")
    assert (last, err) == ("store: 3 pictures", "")
    assert explain("photos", *QUICK, "--out", "store") == 0
    out, _ = capsys.readouterr()
    assert out.splitlines()[-1] == "store: 4 pictures"
    assert files_of("store") == [f"photos/{name}" for name in ("cat/a.png", "cat/b.png", "church/c.png", "church/d.png")]
    assert explain("photos", *QUICK, "--out", "store") == 0
    assert capsys.readouterr().out == "4 of 4 pictures are there already\nstore: 4 pictures\n"


def test_a_bad_file_is_a_row_with_its_sentence_and_not_the_end(
    explain: Explain, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "cat" / "aa.png").write_bytes(b"no picture")
    for _ in range(2):  # the outcome does not depend on where it stopped before
        assert explain("photos", *QUICK, "--method", "saliency", "--out", "store") == 1
        out, err = capsys.readouterr()
        assert out.endswith("store: 5 pictures, 1 of them without a result for a reason that their rows give\n")
    assert err == ""
    rows = read_store("store").rows().to_pylist()
    assert len(rows) == 9
    (bad,) = [row for row in rows if row["problem"]]
    assert bad["file"] == "photos/cat/aa.png"
    assert "not a picture" in bad["problem"]


def test_pictures_come_by_pattern_by_list_and_by_standard_input(
    explain: Explain, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert explain("photos/*/[ad].png", *QUICK, "--out", "pattern") == 0
    assert files_of("pattern") == ["photos/cat/a.png", "photos/church/d.png"]
    Path("list.txt").write_text("photos/church/c.png\n\nphotos/cat\n")
    assert explain("--list", "list.txt", *QUICK, "--out", "list") == 0
    assert files_of("list") == ["photos/church/c.png", "photos/cat/a.png", "photos/cat/b.png"]
    odd = Path("photos/cat/a.png").rename("photos/cat/a\u2028\x0cb.png")  # which are no ends of lines
    Path("odd.txt").write_bytes(f"{odd}\r\nphotos/church\n".encode())
    assert explain("--list", "odd.txt", *QUICK, "--out", "odd") == 0
    assert files_of("odd")[0] == str(odd)
    odd.rename("photos/cat/a.png")
    with open("list.txt") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        assert explain("--list", "-", *QUICK, "--out", "stdin") == 0
    assert files_of("stdin") == files_of("list")


def test_a_random_sample_is_the_same_each_time(explain: Explain, photos: Path) -> None:
    for store in ("first", "second"):
        assert explain("photos", *QUICK, "--out", store, "--shuffle", 5, "--limit", 2) == 0
    assert files_of("first") == files_of("second")


@pytest.mark.parametrize(("typed", "layer"), [(["--channels"], "layer4"), (["--channels", "layer2"], "layer2")])
def test_relevance_per_channel_is_kept_where_it_is_asked_for(
    explain: Explain, photos: Path, typed: list[str], layer: str
) -> None:
    assert explain("photos", *QUICK, "--out", "store", *typed) == 0
    assert read_store("store").channel_layer("epsilon-plus-flat") == layer


def test_the_class_of_the_folder_is_explained(explain: Explain, photos: Path) -> None:
    assert explain("photos", *QUICK, "--out", "store", "--class-from-folder", "--objective", "contrast") == 0
    rows = read_store("store").rows().to_pylist()
    assert [row["class"] for row in rows] == ["cat", "cat", "church", "church"]
    assert [row["class_index"] for row in rows] == [CATEGORIES.index(row["label"]) for row in rows]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photos"], "a job needs --out STORE"),
        ([], "the following arguments are required: FILE"),
        (["a.png", "--limit", "2"], "--limit is a setting of a job, got a.png"),
        (["a.png", "--class-from-folder"], "--class-from-folder is a setting of a job"),
        (["photos", "--out", "s", "--percentile", "98"], "--percentile is a setting of pictures that are named one by one"),
        (["photos", "-", "--out", "s"], "a job takes no picture from standard input; --list - takes their names"),
        (["photos", "--out", "s", "--class-from-folder", "--target", "cat"], "leave out --target"),
        (["photos", "--out", "s", "--batch", "0"], "must be between 1 and 4096, got 0"),
        (["empty", "--out", "s"], "a folder must hold pictures"),
        (["--list", "nowhere.txt", "--out", "s"], "--list must be a file with a name on each line, got nowhere.txt"),
        (["--list", "empty.txt", "--out", "s"], "--list must name pictures, got empty.txt with none"),
        (["photos", "--out", "s", "--method", "grad-cam", "--layer", "layer9"], "layer9"),
        (["photos", "--out", "s", "--channels", "layer9"], "no node or module named 'layer9'"),
        (["photos", "--out", "s", "--method", "saliency", "--channels"], "known of LRP methods only, got saliency"),
    ],
)
def test_what_cannot_be_is_one_line(
    photos: Path, weights: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty.txt").write_text("\n")
    Path("empty").mkdir()
    assert words in refusal(["explain", "--weights", weights, *arguments], capsys)
    assert not Path("s").exists()


def test_a_store_that_cannot_be_is_one_line(explain: Explain, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("photos", *QUICK, "--out", "photos") == 1
    said = "photos holds other files and no store of explanations; choose another folder by --out.\n"
    assert capsys.readouterr() == ("", said)
    assert explain("photos", *QUICK, "--out", "store") == 0
    capsys.readouterr()
    assert explain("photos", *QUICK, "--out", "store", "--epsilon", "0.5") == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("store was begun with other settings (methods ")
