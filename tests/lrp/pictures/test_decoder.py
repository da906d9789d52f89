"""Many pictures decoded by one process: as by one each, and one that ends its decoder takes no other along."""

from collections.abc import Iterator

import numpy as np
import pytest

from lrp.pictures import decode as images
from lrp.pictures import sandbox
from lrp.pictures.cut_out import CutOut
from lrp.pictures.decode import InputError, decode
from lrp.pictures.sandbox import Decoder
from lrp.sandbox import process
from tests.fuzz.seeds import seeds
from tests.lrp.pictures.test_sandbox import endless_jpeg


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


def test_every_kind_of_file_comes_out_as_it_does_alone(decoder: Decoder) -> None:
    for kind, (data, *_) in seeds().items():
        found = decoder.decode(data)
        assert (found.mode, found.info) == ("RGB", {}), kind
        np.testing.assert_array_equal(np.asarray(found), np.asarray(decode(data)))


@pytest.mark.parametrize(
    "cut_out",
    [
        CutOut(24, 24), CutOut(20, 30, margin=8, interpolation="bicubic"), CutOut(16, 8, squash=True), CutOut(12, 12, channels=1),
        CutOut(12, 12, channels=4),
    ],
)  # fmt: skip
def test_what_a_network_sees_is_cut_out_there_as_it_is_here(decoder: Decoder, cut_out: CutOut) -> None:
    for data in (seeds()["PNG"][0], seeds()["JPEG"][0]):
        found, wanted = decoder.decode(data, cut_out), cut_out.of(decode(data))
        assert len(found.getbands()) == cut_out.channels
        assert (found.mode, found.size) == (wanted.mode, (cut_out.width, cut_out.height))
        assert found.tobytes() == wanted.tobytes()


def test_what_is_refused_has_the_same_sentence_and_the_next_is_decoded(decoder: Decoder) -> None:
    good = seeds()["PNG"][0]
    for data in (b"", b"no picture", b"%PDF-1.7\n", good[: len(good) // 3]):
        with pytest.raises(InputError) as here:
            decode(data)
        with pytest.raises(InputError) as apart:
            decoder.decode(data)
        assert str(apart.value) == str(here.value)
        assert decoder.decode(good).size == decode(good).size


def test_a_picture_that_takes_for_ever_is_ended_and_the_next_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    decoder, good = Decoder(), seeds()["PNG"][0]
    try:
        with pytest.raises(InputError, match="takes longer than 1 seconds to decode"):
            decoder.decode(endless_jpeg())
        assert decoder.decode(good).size == decode(good).size
    finally:
        decoder.close()


def test_without_a_process_nothing_is_decoded(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    with pytest.raises(InputError, match="needs more memory"):
        decoder.decode(seeds()["PNG"][0])
    assert images.NO_MEMORY.startswith("This picture needs more memory")
