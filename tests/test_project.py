"""What holds for the project as a whole: style, types, names, the state of a visit, and what a stranger is told."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import lrp
from tests.test_rooms import ROOT, imports_of

BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    result = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_style_is_clean():
    run("ruff", "check", "--no-cache", ".")


def test_the_types_hold():
    run("mypy", f"--cache-dir={os.devnull}")


def test_few_types_are_left_open() -> None:
    lines = [line for room in ("lrp", "pages") for path in (ROOT / room).rglob("*.py") for line in path.read_text().splitlines()]
    assert sum(bool(re.search(r"\bAny\b", line)) for line in lines) < 120  # of any kind, imports included


OWNERS = ("SessionValue", "LazySessionValue", "CanvasState")


def makes_owner(call: ast.Call) -> bool:
    """Whether the call is such as `SessionValue[str](key)`."""
    return ast.unparse(call.func.value if isinstance(call.func, ast.Subscript) else call.func) in OWNERS


def test_one_file_alone_touches_the_state_of_a_visit_and_every_key_has_one_owner():
    owned: list[str] = []
    typed: list[str] = []
    for path in [ROOT / "app.py", *(ROOT / "pages").rglob("*.py")]:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        touched = [node for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node) == "st.session_state"]
        assert bool(touched) == (path == ROOT / "pages/parts/frame/state.py"), path
        assert "streamlit.session_state" not in imports_of(path), path
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            names = [each.value for each in call.args if isinstance(each, ast.Constant)]
            if makes_owner(call):
                owned += names
            typed += [key.value.value for key in call.keywords if key.arg == "key" and isinstance(key.value, ast.Constant)]
    assert len(owned) == len(set(owned)) > 30
    assert not set(owned) & set(typed)  # a widget's key is taken from its owner


def misplaced_keys(tree: ast.Module, names: set[str]) -> list[str]:
    """The owners that are made inside of functions, and the literal `names` in a file that sets widgets."""
    nodes = list(ast.walk(tree))
    inner = {inside for each in nodes if isinstance(each, ast.FunctionDef | ast.Lambda) for inside in ast.walk(each)}
    found = [ast.unparse(node) for node in inner if isinstance(node, ast.Call) and makes_owner(node)]
    if any(isinstance(node, ast.Name) and node.id == "set_widgets" for node in nodes):
        keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
        found += [repr(key.value) for key in keys if isinstance(key, ast.Constant) and key.value in names]
    return found


def test_owners_are_made_once_and_widgets_are_set_by_their_owners_keys() -> None:
    from pages.parts.shell.link_parameters import link_parameters

    names = set(link_parameters())
    for path in [ROOT / "app.py", *(ROOT / "pages").rglob("*.py")]:
        if path != ROOT / "pages/parts/frame/state.py":  # where `owner_of` makes those of keys that a run alone knows
            assert not misplaced_keys(ast.parse(path.read_text()), names), path
    assert misplaced_keys(ast.parse("def f(key):\n    SessionValue[str](key).set('')"), names) == ["SessionValue[str](key)"]
    assert misplaced_keys(ast.parse("set_widgets({'a': 'saliency', OWN.key: ''})"), names) == ["'a'"]


EACH_COMMAND_HAS = {"main", "run", "add_flags"}


def test_no_two_files_define_a_function_or_class_of_one_name() -> None:
    places: dict[str, list[str]] = {}
    for path in [path for room in ("lrp", "pages") for path in (ROOT / room).rglob("*.py")]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert len(places) > 800
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in EACH_COMMAND_HAS} == {}


def test_every_public_name_has_a_docstring():
    for name in lrp.__all__:
        assert name == "METHODS" or (getattr(lrp, name).__doc__ or "").strip(), name


def test_every_setting_of_every_method_describes_itself():
    from dataclasses import MISSING, fields

    for slug, method in lrp.METHODS.items():
        assert slug == method.name
        assert method.label
        assert method.summary.endswith(".")
        for setting in fields(method):
            assert setting.default is not MISSING
            assert setting.metadata["label"]
            assert setting.metadata["help"].endswith(".")
            assert setting.metadata["range"] or setting.metadata["options"] or isinstance(setting.default, bool)


def test_requirements_are_pinned_exactly():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            requirement = line.partition("#")[0].strip()
            assert requirement.startswith("-r ") or "==" in requirement, line
