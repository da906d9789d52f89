"""Names from outside: what is seen of them, and nothing that acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrp.files.plain_text import plain_name, plain_text, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cat.png", "cat.png"), ("Größe μ 猫 قطة.png", "Größe μ 猫 قطة.png"), ("👩\u200d🔬.png", "👩\u200d🔬.png"),
        ("\x1b]0;title\x07.png", "?]0;title?.png"), ("\x1b[2J", "?[2J"), ("\x9b31m", "?31m"), ("a\r\n\tb", "a   b"),
        ("\u202egnp.exe", "?gnp.exe"), ("\u2066a\u2069", "?a?"), ("a\u200bb\ufeff", "a?b?"), ("caf\udce9", "caf?"),
        ("3.00\u202fPM.png", "3.00 PM.png"), ("a\u2028b", "a b"), ("\U000e0041", "?"), ("\x00\x7f", "??"), ("\ue000", "?"),
    ],
)  # fmt: skip
def test_characters_that_act_are_shown_as_question_marks(text: str, shown: str) -> None:
    assert plain_text(text) == shown


@given(st.text(st.characters(codec=None)))
def test_whatever_comes_is_one_printable_line_that_utf_8_holds(text: str) -> None:
    shown = plain_text(text)
    assert shown.encode().decode() == shown
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(char)[0] == "C" for char in shown.replace("\u200c", "").replace("\u200d", ""))
    assert plain_text(shown) == shown


def test_long_names_lose_their_middle() -> None:
    assert shortened("abcdefghij", 7) == "abc…hij"
    assert shortened("abcdefg", 7) == "abcdefg"
    name = plain_name("a" * 5000 + ".png")
    assert len(name) <= 255
    assert name.endswith(".png")
