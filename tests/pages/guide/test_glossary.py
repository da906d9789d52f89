"""Words that open their explanation."""

import re
from pathlib import Path

import pytest

from pages.parts.guide.glossary import WORDS, list_of_words, prose


def test_a_marked_word_opens_its_explanation() -> None:
    html = prose("A [logit], and **[Epsilon|epsilon]** is *small*.")
    assert f'<details class="term"><summary>logit</summary><span>{WORDS["logit"]}</span></details>' in html
    assert f'<b><details class="term"><summary>Epsilon</summary><span>{WORDS["epsilon"]}</span></details></b>' in html
    assert "<i>small</i>" in html
    with pytest.raises(KeyError, match="nonsense"):
        prose("[nonsense]")


def test_the_guide_explains_its_words_where_they_stand_first() -> None:
    guide = (Path(__file__).parents[3] / "pages" / "guide.py").read_text()
    marked = [found[1] or found[0] for found in re.findall(r"\[([A-Za-z]+)(?:\|([a-z]+))?\](?!\()", guide)]
    assert len(marked) == len(set(marked))
    text = re.sub(r"st\.latex\(.*\)", "", guide[guide.index('st.title("How') :]).lower()
    for word in ("logit", "relevance", "baseline", "epsilon"):
        assert text.index(word) == text.index(f"[{word}") + 1
    for word, meaning in WORDS.items():
        assert f"<dt>{word}</dt><dd>{meaning}</dd>" in list_of_words()
