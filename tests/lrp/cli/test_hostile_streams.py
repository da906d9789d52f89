"""Lists without end, and a command whose standard output takes nothing or is closed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrp.cli import explain_job
from lrp.cli.main import main
from tests.lrp.cli.kit import QUICK, ROOT, picture

pytestmark = pytest.mark.timeout(100)


def run(streams: str, *arguments: object) -> "subprocess.CompletedProcess[bytes]":
    """The command with its streams as the shell directs them, such as ">&-"."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    line = ["bash", "-c", f'exec "$0" -m lrp "$@" {streams}', sys.executable, *map(str, arguments)]
    return subprocess.run(line, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize(("kind", "said"), [("device", "it is a device"), ("pipe", "it is a pipe"), ("long", "the limit is 9")])
def test_a_list_is_a_file_of_bounded_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, said: str
) -> None:
    file = tmp_path / "list"
    if kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        monkeypatch.setattr(explain_job, "MAX_LIST", 9)
        file.write_text("0123456789")
    with pytest.raises(SystemExit) as ended:
        main(["explain", "--list", str(file), *QUICK, "--out", str(tmp_path / "store")])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_names_on_standard_input_are_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explain_job, "MAX_LIST", 9)
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": endless}))
        with pytest.raises(SystemExit):
            main(["explain", "--list", "-", *QUICK, "--out", str(tmp_path / "store")])
    assert "more than 9 bytes" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["methods", "explain"])
def test_a_full_disk_behind_standard_output_is_one_sentence(tmp_path: Path, command: str) -> None:
    more = [picture(tmp_path / "a.png"), *QUICK, "--out", tmp_path / "maps"] if command == "explain" else []
    ended = run("> /dev/full", command, *more)
    assert ended.returncode == 1
    assert ended.stderr.decode().splitlines()[-1:] == ["what this command tells could not be written (no space left on device)"]
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("streams", [">&-", ">&- 2>&- <&-"])
def test_who_closes_the_streams_gets_the_results_all_the_same(tmp_path: Path, streams: str) -> None:
    ended = run(streams, "explain", picture(tmp_path / "a.png"), *QUICK, "--out", tmp_path / "maps")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == ["a.json", "a.npz", "a.png"]
