"""Which room of the project may import which, and that every file lies in one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

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
    ("compare", "sweep", "layers", "depths", "faithfulness", "settings", "dataset", "camera", "guide"),
    ("shell",),
)  # fmt: skip
FILES = sorted((ROOT / "lrp").rglob("*.py"))
ENGINE = [path for path in FILES if path.parent != ROOT / "lrp" or "__" not in path.name]


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
    assert set(ROWS[-2]) - {"sweep"} <= pages - {"epsilon", "gamma"}  # these two share that room; others may need none


def test_no_room_imports_the_package_that_it_is_in() -> None:
    for path in ENGINE:  # by which every other room could be reached
        assert "lrp" not in imports_of(path), path
    for path in (ROOT / "pages" / "parts").rglob("*.py"):
        assert not {name for name in imports_of(path) if re.fullmatch(r"pages(\.parts|\.(?!parts\.)\w+)?", name)}, path


def test_the_engine_never_imports_the_pages_or_streamlit():
    for path in (ROOT / "lrp").rglob("*.py"):
        assert not {name.partition(".")[0] for name in imports_of(path)} & {"streamlit", "pages", "app", "tests"}, path
