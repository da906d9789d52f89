"""Which pictures are meant: folders, patterns, object stores, samples of them, and the label of each."""

from pathlib import Path

import fsspec
import pytest

import lrp
from lrp.jobs.labels import Label, Labels
from lrp.jobs.listing import SourceFile, is_collection, list_pictures
from tests.lrp.jobs.kit import CLASSES, rows_of, run, small_job


def names(entries: list[SourceFile]) -> list[str]:
    return ["/".join(Path(entry.file).parts[-2:]) for entry in entries]


ALL = [f"{name}/{k}.png" for name in CLASSES for k in range(3)]


def test_a_folder_is_all_pictures_below_it_in_order(folder: Path) -> None:
    (folder / "notes.txt").write_text("no picture")
    (folder / "cat" / "empty").mkdir()
    found = list_pictures([str(folder)])
    assert names(found) == ALL
    status = (folder / "cat" / "0.png").stat()
    assert found[0] == (str(folder / "cat" / "0.png"), status.st_size, status.st_mtime_ns, "cat")


def test_patterns_files_and_folders_may_be_mixed_and_count_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert names(list_pictures(["*/1.png"])) == ["cat/1.png", "church/1.png", "tench/1.png"]
    assert names(list_pictures(["**/2.png", "tench", "tench/2.png"])) == [
        "cat/2.png", "church/2.png", "tench/2.png", "tench/0.png", "tench/1.png",
    ]  # fmt: skip
    assert list_pictures(["nowhere.png"]) == [SourceFile("nowhere.png")]


def test_a_file_called_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "[1].png").write_bytes(b"x")
    assert not is_collection(str(tmp_path / "[1].png"))
    assert is_collection(str(tmp_path / "*.png"))
    assert not is_collection(str(tmp_path / "*.jpg"))  # which nothing fits: the name of a file that is not there
    assert is_collection("s3://bucket/photos")
    assert not is_collection("https://example.org/cat.jpg")


def test_a_limit_takes_the_first_and_a_shuffle_a_sample_that_grows_with_it(folder: Path) -> None:
    assert names(list_pictures([str(folder)], limit=2)) == ALL[:2]
    orders = [names(list_pictures([str(folder)], shuffle=seed)) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == ALL != orders[0]
    assert names(list_pictures([str(folder)], limit=4, shuffle=0)) == orders[0][:4]


def test_a_folder_or_an_address_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a folder must hold pictures .* with none"):
        list_pictures([str(tmp_path)])
    with pytest.raises(ValueError, match=r"nosuch://photos cannot be opened"):
        list_pictures(["nosuch://photos"])
    with pytest.raises(ValueError, match=r"memory://nowhere/here cannot be listed"):
        list_pictures(["memory://nowhere/here"])


def test_an_object_store_is_read_as_a_folder_is(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for name in ALL:
        memory.pipe_file(f"/bucket/photos/{name}", (folder / name).read_bytes())
    memory.pipe_file("/bucket/photos/notes.txt", b"no picture")
    try:
        found = list_pictures(["memory://bucket/photos"])
        assert [entry.file for entry in found] == [f"memory:///bucket/photos/{name}" for name in ALL]
        assert [entry.folder for entry in found] == [name.partition("/")[0] for name in ALL]
        assert [entry.size for entry in found] == [(folder / name).stat().st_size for name in ALL]
        assert names(list_pictures(["memory://bucket/photos/*/1.png"])) == ["cat/1.png", "church/1.png", "tench/1.png"]
        assert names(list_pictures(["memory://bucket/photos/cat/0.png"])) == ["cat/0.png"]
        run(small_job(small), tmp_path / "remote", "memory://bucket/photos")
        assert run(small_job(small), tmp_path / "remote", "memory://bucket/photos") == []
        memory.rm("/bucket/photos/cat/0.png")
        run(small_job(small), tmp_path / "gone", *[entry.file for entry in found[1:2]])
    finally:
        memory.rm("/bucket", recursive=True)
    run(small_job(small), tmp_path / "local", folder)
    known = ("sha256", "size", "label", "label_index", "class", "total", "map_sha256")
    first, second = ([{name: row[name] for name in known} for row in rows_of(tmp_path / which)] for which in ("remote", "local"))
    assert first == second


def test_an_object_that_has_gone_is_a_row_with_its_sentence(small: lrp.Backbone, folder: Path, tmp_path: Path) -> None:
    from lrp.jobs.reading import Reader

    reader = Reader(small)
    try:
        found = reader.load(SourceFile("memory:///nowhere/cat.png", 9))
    finally:
        reader.close()
    assert (found.problem, found.size) == ("This file cannot be read (no such file or directory); check the path.", 9)


@pytest.mark.parametrize(
    ("entry", "label"),
    [
        (SourceFile("photos/tiger_cat/1.png", folder="tiger_cat"), Label("tiger_cat", 1)),
        (SourceFile("photos/n0144/1.png", folder="n0144"), Label("n0144", None)),
        (SourceFile("Tiger Cat/1.png"), Label("Tiger Cat", 1)),
        (SourceFile("holiday/1.png"), Label("", None)),
        (SourceFile("twice/1.png", folder="twice"), Label("twice", None)),
        (SourceFile("s3://bucket/cat/1.png"), Label("cat", 0)),
    ],
    ids=lambda value: str(getattr(value, "file", "")),
)
def test_the_label_is_the_name_of_the_folder(entry: SourceFile, label: Label) -> None:
    assert Labels(("cat", "tiger cat", "twice", "Twice")).of(entry) == label
