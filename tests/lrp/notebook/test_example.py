"""The notebook of the docs: its cells run, and show what it was written with."""

from tests.lrp.notebook.execution import NOTEBOOK, executed, read_notebook, told

MAX_BYTES = 300_000


def test_the_cells_run_and_say_what_the_notebook_shows() -> None:
    notebook = read_notebook()
    again = executed(notebook)
    assert NOTEBOOK.stat().st_size < MAX_BYTES
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(codes) >= 4
    assert sum(text.count("<img ") for cell in codes for text in told(cell)) >= 5
    for before, after in zip(notebook["cells"], again["cells"], strict=True):
        assert told(after) == told(before), before["source"]


def test_it_is_a_notebook_of_the_fourth_format() -> None:
    notebook = read_notebook()
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for number, cell in enumerate((cell for cell in notebook["cells"] if cell["cell_type"] == "code"), start=1):
        assert set(cell) == {"cell_type", "id", "metadata", "source", "execution_count", "outputs"}
        assert cell["execution_count"] == number
