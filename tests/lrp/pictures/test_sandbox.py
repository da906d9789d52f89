"""Pictures decoded in a process of their own: bounded in time and memory, and a decoder that crashes takes nobody along."""

import struct
import subprocess
import sys
import threading
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lrp
from lrp.pictures import decode as images
from lrp.pictures import decode_job, sandbox
from lrp.pictures.decode import InputError, decode
from lrp.pictures.sandbox import decode_image
from lrp.sandbox import process
from tests.fuzz.seeds import seeds
from tests.test_rooms import imports_of


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as refused:
        decode_image(data)
    return str(refused.value)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def endless_jpeg(scans: int = 3000) -> bytes:
    """A third of a megabyte: 40 megapixels, one scan of which comes again and again."""
    whole = encoded(Image.new("L", (8000, 5000), 90), "JPEG", progressive=True).removesuffix(b"\xff\xd9")
    return whole + whole[whole.rindex(b"\xff\xda") :] * scans + b"\xff\xd9"


@pytest.mark.parametrize("kind", seeds())
def test_apart_comes_out_what_would_come_out_here(kind: str) -> None:
    data = seeds()[kind][0]
    found = lrp.decode_image(data)
    assert (found.mode, type(found), found.info) == ("RGB", Image.Image, {})
    np.testing.assert_array_equal(np.asarray(found), np.asarray(decode(data)))


def test_what_is_refused_here_is_refused_apart_with_the_same_sentence() -> None:
    for data in (b"", b"no picture", b"%PDF-1.7\n", encoded(Image.new("L", (2001, 100)), "PNG")):
        with pytest.raises(InputError) as here:
            decode(data)
        assert refusal(data) == str(here.value)


def test_a_small_file_that_takes_for_ever_is_ended_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    assert refusal(endless_jpeg()) == (
        "This picture takes longer than 1 seconds to decode; save it anew as JPEG or PNG and try again."
    )
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 60)
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.5)
    assert "takes longer than" in refusal(endless_jpeg())


def test_a_picture_that_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    large = encoded(Image.new("RGB", (6000, 5000), "red"), "JPEG")
    monkeypatch.setattr(sandbox, "MAX_MEMORY", 60_000_000)
    assert refusal(encoded(Image.new("RGBA", (6000, 5000), "red"), "PNG", compress_level=1)) == images.NO_MEMORY
    monkeypatch.undo()
    assert decode_image(large).size == (1500, 1250)


def test_the_largest_picture_that_is_taken_fits_into_the_bounds() -> None:
    translucent = Image.new("RGBA", (8000, 5000), (9, 99, 9, 128))
    assert decode_image(encoded(translucent, "PNG", compress_level=1)).size == (2000, 1250)


@pytest.mark.parametrize("end", ["os.abort()", "os._exit(3)", "os.kill(os.getpid(), 11)"])
def test_a_decoder_that_crashes_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"import os\n{end}\n")
    monkeypatch.setattr(process, "CHILD", script)
    assert refusal(seeds()["PNG"][0]).startswith("This PNG picture is damaged or incomplete")
    monkeypatch.undo()
    assert decode_image(seeds()["PNG"][0]).size == (24, 16)


def test_without_a_free_place_or_process_a_visitor_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.05)
    monkeypatch.setattr(sandbox, "_slots", threading.BoundedSemaphore(1))
    with sandbox._slots:
        assert refusal(seeds()["PNG"][0]).startswith("Many pictures are being read just now")
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    assert refusal(seeds()["PNG"][0]) == images.NO_MEMORY


def test_the_decoder_loads_neither_torch_nor_the_package() -> None:
    for file in (process.CHILD, Path(decode_job.__file__), Path(images.__file__)):
        assert not {name.partition(".")[0] for name in imports_of(file)} & {"torch", "torchvision", "streamlit"}
    _python, *command = process.command_of("lrp.pictures.decode_job:main", process.ProcessLimits(5, 30, 10**9, 10**9))
    timed = [sys.executable, "-X", "importtime", *command]
    done = subprocess.run(timed, input=seeds()["HEIF"][0], capture_output=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    names = ("boxes", "cicp", "cut_out", "decode", "failure_message", "file_kinds", "rgb", "tiff")
    assert {name for name in loaded if name.startswith("lrp.pictures.")} == {f"lrp.pictures.{name}" for name in names}
    assert not loaded & {"torch", "torchvision", "streamlit"}


def test_a_flood_of_small_parts_is_ended_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    chunk = struct.pack(">I", 0) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))
    whole = encoded(Image.new("L", (8, 8)), "PNG")
    assert "takes longer than" in refusal(whole[:33] + chunk * 800_000 + whole[33:])
