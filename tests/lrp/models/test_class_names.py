"""The names of classes in files of every kind, and names that cannot be."""

import os
from pathlib import Path

import pytest

from lrp.heads import REGRESSION, SIGMOID, SOFTMAX
from lrp.models.class_names import checked_names, placeholders, read_class_names, told_apart

GOOD = {
    "lines.txt": "ant\nbee\n\n cat \n",
    "mark.txt": "\ufeffant\r\nbee\r\ncat",
    "titled.txt": "Class\nant\nbee\ncat\n",
    "list.json": '["ant", "bee", "cat"]',
    "index.json": '{"0": "ant", "2": "cat", "1": "bee"}',
    "to index.json": '{"cat": 2, "ant": 0, "bee": 1}',
    "transformers.json": '{"model_type": "resnet", "id2label": {"0": "ant", "1": "bee", "2": "cat"}, "label2id": {"ant": 0}}',
    "imagenet.json": '{"0": ["n1", "ant"], "1": ["n2", "bee"], "2": ["n3", "cat"]}',
    "column.csv": "ant\nbee\ncat\n",
    "titled.csv": "name\nant\nbee\ncat\n",
    "index.csv": "index,name\n2,cat\n0,ant\n1,bee\n",
    "without title.csv": "2,cat\n0,ant\n1,bee\n",
    "name first.csv": 'name;id\n"ant";0\n"bee";1\n"cat";2\n',
    "tabs.csv": "index\tname\n2\tcat\n0\tant\n1\tbee\n",
    "two columns.csv": "wnid,name\nn1,ant\nn2,bee\nn3,cat\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_names_are_read_from_every_kind_of_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GOOD[name], "utf-8")
    assert read_class_names(tmp_path / name, 3) == ["ant", "bee", "cat"]


def test_quotes_and_commas_belong_to_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('0,"tench, Tinca"\n1,"a ""b"""\n')
    assert read_class_names(tmp_path / "a.csv", 2) == ["tench, Tinca", 'a "b"']


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"ant\nbee\n", "each of the 3 classes, got 2 in a.txt"),
        ("a.json", b"{", "in a.json cannot be used: it is not JSON"),
        ("a.json", b'{"0": "a", "1": "b", "3": "c"}', "must be 0 to 2, one for each of its 3 names, and one is 3"),
        ("a.json", b'{"1": "a", "2": "b", "3": "c"}', "and one is 3, since they begin at 1"),
        ("a.json", b"[1, 2, 3]", "the name of index 0 must be a text, and is 1"), ("a.json", b"3", "must be a list of names"),
        ("a.json", b'{"0": "a", "0": "z", "1": "b"}', "it has '0' twice"), ("a.json", b"[]", "it has 0 names"),
        ("a.json", b'{"a": 0, "b": 0, "c": 1}', "and 0 occurs 2 times"),
        ("a.json", b'{"names": ["a", "b", "c"]}', "must be 0, 1, 2 and so on, and one is 'names'"),
        ("a.json", b'{"id2label": {"0": "a", "1": "b", "5": "c"}}', "and one is 5"),
        ("a.json", b"[" * 100_000, "not JSON"), ("a.csv", b"5,a\n6,b\n7,c\n", "and one is 7"),
        ("a.csv", b"1,a\n2,b\n3,c\n", "begin at 1"), ("a.csv", b"id,name\n0,a\n0,b\n2,c\n", "and 0 occurs 2 times"),
        ("a.txt", b"\xff\xfe\x00", "cannot be read as text"),
    ],
)  # fmt: skip
def test_files_without_a_name_for_each_class_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_class_names(tmp_path / name, 3)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for path, words in ((tmp_path / "pipe.txt", "a pipe"), (tmp_path, "a directory"), (tmp_path / "none.txt", "no such file")):
        with pytest.raises(ValueError, match=rf"one name a line, got .*{words}"):
            read_class_names(path, 3)


def test_names_that_occur_twice_get_their_index() -> None:
    assert checked_names(["crane", "cat", "crane"], 3) == ("crane (0)", "cat", "crane (2)")
    assert checked_names(["cat", "cat", "cat (0)"], 3) == ("cat (0) (0)", "cat (1)", "cat (0) (2)")
    assert len(set(told_apart([f"a{' (0)' * (number % 3)}" for number in range(50)]))) == 50


def test_one_class_is_not_called_many() -> None:
    with pytest.raises(ValueError, match="a name for the one class, got 2"):
        checked_names(["a", "b"], 1)


def test_outputs_without_names_are_called_by_what_they_are() -> None:
    assert placeholders(2) == ("class 0", "class 1")
    assert placeholders(2, SIGMOID) == ("label 0", "label 1")
    assert (placeholders(1), placeholders(1, SIGMOID), placeholders(1, REGRESSION)) == (("positive",), ("positive",), ("value",))
    assert [head.count_text(n) for head in (SOFTMAX, SIGMOID, REGRESSION) for n in (1, 2)] == [
        "1 class", "2 classes", "1 label", "2 labels", "1 value", "2 values",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x07", "\ud800", "\u202eabc", "a" * 201, 5, None])
def test_names_that_cannot_be_shown_are_refused(name: object) -> None:
    with pytest.raises(ValueError, match="the name of class 1 must be") as caught:
        checked_names(["a", name], 2)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
