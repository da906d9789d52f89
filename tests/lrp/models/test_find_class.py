"""How a class is found by what a person types."""


import pytest

from lrp.models.find_class import find_class
from tests.lrp.cli.kit import CATEGORIES


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
