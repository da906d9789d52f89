"""The notebook of the docs: its cells run, and show what it was written with."""

import re

import pytest

from tests.lrp.notebook.execution import NOTEBOOK, executed, read_notebook, told

MAX_BYTES = 300_000
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def numbers_in(text: str) -> list[float]:
    return [float(found) for found in NUMBER.findall(text)]


def test_the_cells_run_and_say_what_the_notebook_shows() -> None:
    notebook = read_notebook()
    again = executed(notebook)
    assert NOTEBOOK.stat().st_size < MAX_BYTES
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(codes) >= 4
    assert sum(text.count("<img ") for cell in codes for text in told(cell)) >= 5
    for before, after in zip(notebook["cells"], again["cells"], strict=True):
        for now, then in zip(told(after), told(before), strict=True):
            assert NUMBER.sub("#", now) == NUMBER.sub("#", then), before["source"]
            # Another processor rounds differently.
            assert numbers_in(now) == pytest.approx(numbers_in(then), rel=0.03, abs=0.02), before["source"]


def test_it_is_a_notebook_of_the_fourth_format() -> None:
    notebook = read_notebook()
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for number, cell in enumerate((cell for cell in notebook["cells"] if cell["cell_type"] == "code"), start=1):
        assert set(cell) == {"cell_type", "id", "metadata", "source", "execution_count", "outputs"}
        assert cell["execution_count"] == number
