"""A short run of the damaged pictures; the long one is python -m tests.fuzz.pictures."""

import warnings

import pytest

from lrp.pictures.decode import FORMATS, decode
from tests.fuzz.pictures import attack, mutant
from tests.fuzz.seeds import seeds


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_pictures_become_a_picture_or_a_sentence_in_time(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tally = attack(kind, 300)
    assert tally.failures == []
    assert tally.pictures > 30  # the blows reach behind the first check of a file
    assert tally.refused > 30


@pytest.mark.parametrize("kind", FORMATS)
def test_the_seeds_are_sound_and_the_mutants_are_the_same_every_time(kind: str) -> None:
    files = seeds()[kind]
    assert all(decode(data).mode == "RGB" for data in files)
    assert mutant(files, files, kind, 7) == mutant(files, files, kind, 7)
    assert len({mutant(files, files, kind, number) for number in range(50)}) > 45
