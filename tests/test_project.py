"""What holds for the project as a whole: style, types, the direction of imports, and what a stranger is told."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lrp

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

# Of the engine's rooms, which others each imports; all may import the files directly in lrp/ and those of lrp/files/.
EVERYBODYS = {"base", "files"}
ALLOWED: dict[str, set[str]] = {
    "files": set(),
    "sandbox": set(),
    "pictures": {"sandbox"},
    "network": set(),
    "rules": {"network"},
    "walk": {"rules", "network"},
    "methods": {"pictures", "walk", "rules", "network"},
    "models": {"network", "pictures", "sandbox"},
    "display": {"models", "methods", "walk"},
    "metrics": {"methods", "walk", "network"},
    "jobs": {"pictures", "network", "walk", "methods", "models", "metrics", "display"},
    "notebook": {"walk", "methods", "models", "metrics", "display", "jobs"},
    "datasets": {"pictures", "network", "models", "metrics", "jobs"},
    "cli": {"pictures", "network", "walk", "methods", "models", "display", "metrics", "jobs"},
    "base": set(),
}
# Of what pages share, each row may import those above it; those that stand in one row never import each other.
ROWS = (
    ("frame",), ("work",), ("say",), ("choose", "canvas"),
    ("compare", "sweep", "layers", "depths", "faithfulness", "settings", "dataset", "guide"), ("shell",),
)  # fmt: skip
FILES = sorted((ROOT / "lrp").rglob("*.py"))
ENGINE = [path for path in FILES if path.parent != ROOT / "lrp" or "__" not in path.name]


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


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_of(path: Path, package: tuple[str, ...]) -> set[str]:
    """The rooms of a package that a file imports from; "base" for its files directly."""
    found = set()
    for name in imports_of(path):
        parts = name.split(".")
        if tuple(parts[: len(package)]) == package and len(parts) > len(package):
            room = parts[len(package)]
            found.add(room if ROOT.joinpath(*package, room).is_dir() else "base")
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_of_the_engine_import_what_their_row_says(room: str) -> None:
    place = ROOT / "lrp" if room == "base" else ROOT / "lrp" / room
    files = [path for path in ENGINE if (path.parent == place if room == "base" else place in path.parents)]
    assert files
    for path in files:
        assert rooms_of(path, ("lrp",)) <= {room} | EVERYBODYS | ALLOWED[room], path
    assert set().union(*(rooms_of(path, ("lrp",)) for path in files)) >= ALLOWED[room], "the row allows what nothing needs"


def test_what_everybody_may_import_imports_no_other_room() -> None:
    for path in ENGINE:
        if path.parent.name in ("lrp", "files"):
            assert rooms_of(path, ("lrp",)) <= ({"base"} if path.parent.name == "lrp" else {"files"}), path


def test_every_file_of_the_engine_is_in_a_room_with_a_row() -> None:
    assert {path.relative_to(ROOT / "lrp").parts[0] for path in ENGINE if path.parent != ROOT / "lrp"} == set(ALLOWED) - {"base"}
    assert len(list((ROOT / "lrp").glob("*.py"))) <= 8
    parts = ROOT / "pages" / "parts"
    assert [path.name for path in parts.glob("*.py")] == ["__init__.py"]
    assert {path.relative_to(parts).parts[0] for path in parts.rglob("*.py") if path.parent != parts} == set().union(*ROWS)


@pytest.mark.parametrize(("tests", "code"), [("tests/lrp", "lrp"), ("tests/pages", "pages/parts")])
def test_every_folder_of_tests_has_the_name_of_a_folder_of_code(tests: str, code: str) -> None:
    folders = {path.parent.relative_to(ROOT / tests) for path in (ROOT / tests).rglob("*.py")}
    assert len(folders) > 5
    for folder in folders:
        assert (ROOT / code / folder).is_dir(), f"{tests}/{folder} tests no folder of {code}"
        assert (ROOT / tests / folder / "__init__.py").exists(), f"{tests}/{folder} is no package"


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_rooms_of_the_pages_import_only_those_above(row: int) -> None:
    above = {room for rooms in ROWS[:row] for room in rooms}
    for room in ROWS[row]:
        for path in (ROOT / "pages" / "parts" / room).rglob("*.py"):
            assert rooms_of(path, ("pages", "parts")) <= above | {room}, path


def test_what_one_page_alone_uses_is_in_a_room_of_its_name() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert pages - {"epsilon", "gamma"} == set(ROWS[-2]) - {"sweep"}  # which those two share


def test_no_room_imports_the_package_that_it_is_in() -> None:
    for path in ENGINE:  # by which every other room could be reached
        assert "lrp" not in imports_of(path), path
    for path in (ROOT / "pages" / "parts").rglob("*.py"):
        assert not {name for name in imports_of(path) if re.fullmatch(r"pages(\.parts|\.(?!parts\.)\w+)?", name)}, path


def test_the_engine_never_imports_the_pages_or_streamlit():
    for path in (ROOT / "lrp").rglob("*.py"):
        assert not {name.partition(".")[0] for name in imports_of(path)} & {"streamlit", "pages", "app", "tests"}, path


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
