"""The command line in a hostile folder: endless files, planted links, a full disk, two runs at once, names that act."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lrp.cli.files import write_new
from lrp.cli.main import main
from lrp.cli.result_folder import SUFFIXES, ResultFolder
from lrp.pictures import picture_files
from tests.lrp.cli.kit import QUICK, ROOT, picture, record

Explain = Callable[..., int]


def command(*arguments: object, limit: str = "", **options: object) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, with limits of the shell such as "ulimit -f 20"."""
    line = f'{limit or ":"}; exec "$0" -m lrp explain "$@"'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(["bash", "-c", line, sys.executable, *map(str, arguments)], env=environment, **pipes)


@pytest.mark.timeout(100)  # each of these was waited for without end, or read until memory ended
def test_devices_pipes_and_files_of_proc_are_one_sentence_each(
    explain: Explain, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(here / "pipe.jpg")
    (here / "endless.jpg").symlink_to("/dev/zero")
    bad = ["/dev/zero", "pipe.jpg", "endless.jpg", "/proc/kmsg", "/proc/self/environ", "/dev/tty"]
    assert explain(*bad, picture(here / "photo.jpg"), *QUICK, "--out", "maps") == 1
    _, err = capsys.readouterr()
    assert {path.name for path in (here / "maps").iterdir()} == {f"photo{suffix}" for suffix in SUFFIXES}
    words = ["it is a device", "it is a pipe", "it is a device", "", "is empty", "it is a device"]
    for line, file, said in zip(err.splitlines(), bad, words, strict=True):
        assert line.startswith(f"{file}: ")
        assert line.endswith(".")
        assert said in line


def test_a_link_to_a_picture_is_a_picture(explain: Explain, here: Path) -> None:
    (here / "link.jpg").symlink_to(picture(here / "photo.jpg"))
    assert explain("link.jpg", *QUICK) == 0


def test_standard_input_is_read_when_asked_for_and_not_without_end(
    here: Path, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = picture(here / "photo.png").read_bytes()
    with command("-", "--weights", weights, *QUICK, cwd=here, stdin=subprocess.PIPE) as run:
        _, err = run.communicate(data)
    assert (run.returncode, err) == (0, b"")
    assert record(here / "stdin.json")["file"] == "-"
    monkeypatch.setattr(picture_files, "MAX_BYTES", 1_000_000)
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": endless}))
        with pytest.raises(picture_files.InputError, match="more than"):
            picture_files.read("-")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_planted_link_is_never_followed(explain: Explain, here: Path, suffix: str) -> None:
    file = picture(here / "a.jpg")
    theirs = here / "theirs"
    theirs.write_text("theirs")
    assert explain(file, *QUICK, "--out", "maps") == 0
    results = here / "maps" / f"a{suffix}"
    results.unlink()
    results.symlink_to(theirs)
    assert explain(file, *QUICK, "--out", "maps") == 0
    assert theirs.read_text() == "theirs"
    written = here / "maps" / (f"a{suffix}" if suffix != ".json" else "a-2.json")
    assert not written.is_symlink()
    assert written.stat().st_size > 100


LIMIT = 16  # KiB of a file; a write fails in its middle as on a full disk


def test_a_full_disk_leaves_nothing_cut_and_the_older_results_whole(here: Path, weights: str) -> None:
    file = picture(here / "photo.png", size=(60, 60))
    assert main(["explain", "--weights", weights, str(file), *QUICK, "--out", "maps"]) == 0
    before = {path.name: path.read_bytes() for path in (here / "maps").iterdir()}
    assert min(map(len, before.values())) < LIMIT * 1024 < max(map(len, before.values()))  # it falls between
    for out in ("maps", "empty"):
        with command(file, "--weights", weights, *QUICK, "--out", out, cwd=here, limit=f"ulimit -f {LIMIT}") as run:
            _, err = run.communicate()
        assert run.returncode == 1
        assert err.decode() == f"The results cannot be written to {out} (file too large); choose another folder.\n"
    assert {path.name: path.read_bytes() for path in (here / "maps").iterdir()} == before
    assert list((here / "empty").iterdir()) == []


def test_runs_at_once_into_one_folder_do_not_replace_each_others_results(here: Path) -> None:
    (here / "maps").mkdir()
    runs = [ResultFolder(here / "maps", ["cat.jpg"]) for _ in range(12)]
    start = threading.Barrier(len(runs))

    def write(number: int) -> None:
        key = f"{number % 4}" * 64  # some explain the same picture, with other settings
        settings = {"settings": {"methods": [], "picture sha256 or sample": key, "run": number}}
        start.wait()
        runs[number].write("cat.jpg", key, (json.dumps(settings).encode(), b"numbers", b"sheet"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = sorted(record(path)["settings"]["run"] for path in (here / "maps").glob("*.json"))
    assert found == list(range(len(runs)))
    assert len(list((here / "maps").iterdir())) == 3 * len(runs)


def test_a_later_run_replaces_results_of_the_same_picture_only(explain: Explain, here: Path) -> None:
    for folder, seed in (("a", 1), ("b", 2)):
        assert explain(picture(here / folder / "cat.png", seed), *QUICK, "--out", "maps") == 0
    assert explain(here / "a" / "cat.png", "--method", "saliency", "--out", "maps") == 0
    names = {path.name for path in (here / "maps").iterdir()}
    assert names == {f"{name}{suffix}" for name in ("cat", "cat-2") for suffix in SUFFIXES}
    assert [record(here / "maps" / f"{name}.json")["file"] for name in ("cat", "cat-2")] == [
        str(here / folder / "cat.png") for folder in "ab"
    ]
    assert record(here / "maps" / "cat.json")["settings"]["methods"][0]["method"] == "saliency"


def test_new_files_replace_nothing_and_none_is_lost(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("theirs")
    (tmp_path / "b-2.csv").symlink_to(tmp_path / "nowhere")
    written = write_new({tmp_path / "a.csv": b"1", tmp_path / "b.csv": b"2"})
    assert [path.name for path in written] == ["a-3.csv", "b-3.csv"]
    assert (tmp_path / "a.csv").read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


HOSTILE_NAMES = ("\x1b]0;owned\x07\x1b[2Ja.png", "\u202egnp.b.png", "c\nd.png", os.fsdecode(b"\xed\xa0\x80e.png"))


def test_names_reach_terminal_record_and_sheet_as_text(
    explain: Explain, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [picture(here / name, seed).name for seed, name in enumerate(HOSTILE_NAMES)]
    bad = ["\x1b[31mnowhere.png", "x\x07.png"]
    (here / bad[1]).write_text("no picture")
    assert explain(*names, *bad, *QUICK, "--out", "maps") == 1
    out, err = capsys.readouterr()
    assert (out.count("\n"), err.count("\n")) == (len(names), len(bad))
    for text in (out, err, *(path.read_text() for path in (here / "maps").glob("*.json"))):
        assert not {char for char in text if not char.isprintable()} - {"\n"}
        assert "\\u202e" not in text
    sheets = list((here / "maps").glob("*.png"))
    assert len(sheets) == len(names)
    for path in (here / "maps").glob("*.npz"):
        with np.load(path) as numbers:
            assert json.loads(str(numbers["settings"]))["picture"].isprintable()


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "a.png", "--depth", "\x1b[31m"], ["explain", "a.png", "--target", "\x1b[31mcat\x07"], ["\x1b[2Jmistyped"],
        ["explain", "a.png", "--no-such\x1b[2J"], ["explain", "a.png", "--weights", "\x1b[31m.safetensors"],
        ["convert", "\x1b[31m.pth"], ["networks", "list", "\x1b[31m"],
    ],
)  # fmt: skip
def test_what_is_typed_reaches_the_terminal_as_text(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    assert code in (1, 2)
    assert out == ""
    assert err.count("\n") == 1
    assert err.strip().isprintable()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("signal", ["INT", "KILL", "TERM"])
def test_a_run_that_is_stopped_leaves_every_file_whole(here: Path, weights: str, signal: str) -> None:
    pictures = [picture(here / f"p{number}.png", number, (200, 200)) for number in range(40)]
    with command(*pictures, "--weights", weights, *QUICK, "--out", "maps", cwd=here) as run:
        end = time.monotonic() + 100
        while not list(here.glob("maps/*.png")) and time.monotonic() < end:
            time.sleep(0.01)
        subprocess.run(["kill", f"-{signal}", str(run.pid)], check=True)
        run.communicate()
    assert run.returncode in (130, -9, -15)
    found = [path for path in (here / "maps").iterdir() if not path.name.startswith(".lrp-")]
    assert found
    for path in found:
        if path.suffix == ".json":
            record(path)
        elif path.suffix == ".npz":
            with np.load(path) as numbers:
                assert numbers["logits"].size
        else:
            assert path.read_bytes().endswith(b"IEND\xaeB`\x82")
