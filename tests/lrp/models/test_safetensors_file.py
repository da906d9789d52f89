"""Hostile checkpoints: refused by what their head says, before anything is allocated; pickles, with the way to convert them."""

import hashlib
import json
import os
import shlex
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrp.models.weights import MAX_BYTES, WeightsError, build, conversion_command, read_safetensors
from tests.checkpoints import refusal, write
from tests.networks import random_resnet

ROOT = Path(__file__).parents[3]
ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def written(path: Path, header: Any, data: bytes = b"", length: int | None = None, size: int | None = None) -> Path:
    """A file with this head, honest about its length unless told otherwise; `size` makes it longer without taking disk."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    if size:
        os.truncate(path, size)
    return path


def refusal_within(most: int, path: Path) -> str:
    """The sentence, made with at most so many bytes of memory."""
    tracemalloc.start()
    try:
        said = refusal(path)
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
    return said


HOSTILE: dict[str, dict[str, Any]] = {
    "length beyond the file": {"header": {}, "length": 2**63},
    "length of the whole limit": {"header": {}, "length": MAX_BYTES - 8, "size": MAX_BYTES},
    "no JSON": {"header": b"\xff" * 900_000},
    "lists in lists": {"header": b"[" * 900_000},
    "a list of lists": {"header": b'{"a":' + b"[" + b"[]," * 300_000 + b"[]]}"},
    "very many tensors": {"header": {str(i): ENTRY for i in range(6000)}},
    "a name twice": {"header": b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":1}', "data": bytes(8)},
    "a tensor that is none": {"header": {"a": 7}},
    "unknown numbers": {"header": {"a": ENTRY | {"dtype": "Q3"}}, "data": bytes(8)},
    "numbers in lists": {"header": {"a": ENTRY | {"dtype": [1]}}, "data": bytes(8)},
    "negative shape": {"header": {"a": ENTRY | {"shape": [-2]}}, "data": bytes(8)},
    "shape in words": {"header": {"a": ENTRY | {"shape": "22"}}, "data": bytes(8)},
    "very many dimensions": {"header": {"a": ENTRY | {"shape": [1] * 9000 + [2]}}, "data": bytes(8)},
    "a shape without numbers": {"header": {"a": ENTRY | {"shape": [2**39, 2**39]}}, "data": bytes(8)},
    "a shape of a terabyte": {"header": {"a": ENTRY | {"shape": [2**38], "data_offsets": [0, 2**40 - 1]}}, "data": bytes(8)},
    "true for one": {"header": {"a": ENTRY | {"shape": [True, 2]}}, "data": bytes(8)},
    "an overlap": {"header": {"a": ENTRY, "b": ENTRY}, "data": bytes(8)},
    "a gap": {"header": {"a": ENTRY, "b": ENTRY | {"data_offsets": [16, 24]}}, "data": bytes(24)},
    "bytes to spare": {"header": {"a": ENTRY}, "data": bytes(9)},
    "metadata that are none": {"header": {"__metadata__": [1], "a": ENTRY}, "data": bytes(8)},
    "another network": {"header": {"a": ENTRY}, "data": bytes(8)},
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_head_is_refused_in_a_bounded_amount_of_memory(tmp_path: Path, case: dict[str, Any]) -> None:
    path = written(tmp_path / "own.safetensors", **case)
    assert "own.safetensors cannot be used" in refusal_within(60_000_000, path)


def test_a_file_that_is_not_for_the_network_is_refused_without_reading_its_numbers(tmp_path: Path) -> None:
    good = write(tmp_path / "own.safetensors")
    length = struct.unpack("<Q", good.read_bytes()[:8])[0]
    header = json.loads(good.read_bytes()[8 : 8 + length])
    end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    header["foreign"] = {"dtype": "F16", "shape": [200_000_000], "data_offsets": [end, end + 400_000_000]}
    text = json.dumps(header).encode()
    path = written(tmp_path / "large.safetensors", text, size=8 + len(text) + end + 400_000_000)
    assert "foreign should be absent, but is 200000000" in refusal_within(10_000_000, path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    assert "too large" in refusal(written(tmp_path / "own.safetensors", {}, size=MAX_BYTES + 1))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_done_to_the_head_the_answer_is_weights_or_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "own.safetensors"
    if not (whole := tmp_path / "whole.safetensors").exists():
        write(whole)
    damaged = bytearray(whole.read_bytes())
    length = struct.unpack("<Q", damaged[:8])[0]
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, 8 + length), st.integers(0, 255)), min_size=1, max_size=6)):
        damaged[place] = byte
    path.write_bytes(damaged)
    said = "."
    try:
        build(read_safetensors(path), "own")
    except WeightsError as error:
        said = str(error)
    assert said.endswith(".")


def test_a_file_exchanged_after_its_hash_was_checked_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "own.safetensors")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.file_digest

    def exchange(file: Any, name: str) -> Any:
        found = digest(file, name)
        with path.open("r+b") as other:
            other.seek(-1, os.SEEK_END)
            other.write(b"\x01")
        return found

    monkeypatch.setattr("lrp.models.weights.hashlib.file_digest", exchange)
    with pytest.raises(WeightsError, match="damaged"):
        read_safetensors(path, sha256)


# Pickles


def test_a_pickle_is_refused_by_name_with_a_command_that_converts_it(tmp_path: Path) -> None:
    model = random_resnet(dtype=torch.float32)
    torch.save(model.state_dict(), tmp_path / "own.pth")
    said = refusal(tmp_path / "own.pth")
    assert "own.pth are a pickle" in said
    command = shlex.split(said.split("`")[1])
    assert command[0] == "python"
    subprocess.run([sys.executable, *command[1:]], cwd=ROOT, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    converted = build(read_safetensors(tmp_path / "own.safetensors"), "own")
    x = torch.randn(1, 3, 64, 64)
    assert torch.equal(converted(x), model.eval()(x))


@pytest.mark.parametrize("name", ["a b.pth", "$(reboot).pth", "a'b.pth", 'a".pth', "a;b.pth", "-x.pth", "é*?.pth"])
def test_a_shell_reads_the_name_in_the_command_as_that_name_alone(name: str) -> None:
    said = conversion_command(Path(name))
    assert (said[0], said[-1], said.count("`")) == ("`", "`", 2)
    *command, file = shlex.split(said[1:-1])
    assert command == ["python", "-m", "lrp", "convert"]
    assert file.removeprefix("./") == name
    assert not file.startswith("-")
    printed = subprocess.run(["sh", "-c", f"printf %s {shlex.quote(file)}"], capture_output=True, check=True).stdout
    assert printed.decode() == file


@pytest.mark.parametrize("name", ["`reboot`.pth", "a\nb.pth", "a\x1bb.pth", "\udcff.pth"])
def test_a_name_that_no_sentence_can_hold_is_not_in_the_command(name: str) -> None:
    assert conversion_command(Path(name)) == "`python -m lrp convert FILE`"


def test_a_pickle_under_another_name_is_told(tmp_path: Path) -> None:
    for number, options in enumerate(({}, {"_use_new_zipfile_serialization": False})):
        path = tmp_path / f"{number}.safetensors"
        torch.save({"a": torch.zeros(2)}, path, **options)
        said = refusal(path)
        assert "it is a pickle under another name" in said
        assert conversion_command(path) in said
