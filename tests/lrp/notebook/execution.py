"""Executes the notebook of the docs, and writes it with what its cells show.

.venv/bin/python -m tests.lrp.notebook.execution
"""

import ast
import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[3] / "lrp" / "notebook" / "example.ipynb"
Output = dict[str, Any]


def read_notebook() -> dict[str, Any]:
    return json.loads(NOTEBOOK.read_text())


def outputs_of(source: str, names: dict[str, Any], count: int) -> list[Output]:
    """Runs a cell, and returns what it prints and what its last expression shows, as notebooks keep them."""
    *statements, last = ast.parse(source).body
    printed, value = io.StringIO(), None
    with redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(statements, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        else:
            exec(compile(ast.Module([*statements, last], []), "cell", "exec"), names)
    text = printed.getvalue()
    outputs: list[Output] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    if value is None:
        return outputs
    shown = {"text/plain": f"<{type(value).__name__}>"}
    if hasattr(value, "_repr_html_"):
        shown["text/html"] = value._repr_html_()
    return [*outputs, {"output_type": "execute_result", "execution_count": count, "data": shown, "metadata": {}}]


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs of its cells, run one after the other."""
    names: dict[str, Any] = {}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            cell = {**cell, "execution_count": count, "outputs": outputs_of("".join(cell["source"]), names, count)}
        cells.append(cell)
    return {**notebook, "cells": cells}


def told(cell: dict[str, Any]) -> list[str]:
    """What the outputs of a cell say: their text, without pixels and without how long something took."""
    texts = [text for output in cell.get("outputs", ()) for text in (output.get("text", ""), *output.get("data", {}).values())]
    return [re.sub(r"base64,[\w+/=]+|It took [\d.e-]+ s", "", text) for text in texts]


if __name__ == "__main__":
    NOTEBOOK.write_text(json.dumps(executed(read_notebook()), indent=1, ensure_ascii=False) + "\n")
