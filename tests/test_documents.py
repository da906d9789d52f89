"""What the README files say of the project: links, paths, commands, names and numbers in them are those of the code."""

import re
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest

import lrp
from lrp.models.architectures import ARCHITECTURES
from lrp.models.imagenet import imagenet_size
from pages.parts.sweep.swept import EPSILON, GAMMA

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "README.md"
NAMES = ("README.md", "lrp/README.md", "lrp/jobs/README.md", "lrp/models/demo/README.md", "pages/README.md")
DOCUMENTS = {name: ROOT / name for name in NAMES}
NEW = {"pages/single.py"}  # made by a recipe
EACH = pytest.mark.parametrize("document", DOCUMENTS)


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EACH
def test_links_lead_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[document].read_text()):
        path, _, anchor = link.partition("#")
        if not link.startswith("https://"):
            target = (DOCUMENTS[document].parent / path).resolve() if path else DOCUMENTS[document]
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@EACH
def test_files_and_folders_that_are_named_exist(document: str) -> None:
    named = re.findall(r"(?<![\w/.-])(?:lrp|pages|tests|\.ci|\.streamlit)/[\w./-]*\w", DOCUMENTS[document].read_text())
    assert [path for path in named if path not in NEW and not (ROOT / path).exists()] == []


@EACH
def test_modules_that_are_run_exist(document: str) -> None:
    for name in re.findall(r"python -m ([\w.]+)", DOCUMENTS[document].read_text()):
        assert find_spec(name), name


@EACH
def test_names_of_the_package_exist(document: str) -> None:
    text = re.sub(r"https?://\S+", "", DOCUMENTS[document].read_text())
    for name in re.findall(r"(?<![\w./-])lrp(?:\.[A-Za-z_]\w*)+", text):
        resolve_name(name)


def test_the_variables_of_the_server_are_those_of_the_code() -> None:
    code = "".join(path.read_text() for folder in ("lrp", "pages") for path in (ROOT / folder).rglob("*.py"))
    told = "".join(path.read_text() for path in DOCUMENTS.values())
    assert set(re.findall(r"\bLRP_[A-Z_]+\b", told)) == set(re.findall(r"\bLRP_[A-Z_]+\b", code))


def test_the_tree_shows_every_room() -> None:
    house = re.search(r"### The house\n+```\n(.*?)```", FIRST.read_text(), re.DOTALL)
    assert house
    shown = set(re.findall(r"([\w]+)/", re.sub(r"(?<=\S)  .*", "", house[1])))
    rooms = {path.parent.name for folder in ("lrp", "pages") for path in (ROOT / folder).rglob("__init__.py")}
    assert shown == (rooms | {"tests"}) - {"architectures", "demo"}  # two that are rooms within models


def test_the_numbers_are_those_of_the_code() -> None:
    first, pages = FIRST.read_text(), DOCUMENTS["pages/README.md"].read_text()
    count = ("Twenty-one", "Twenty-two", "Twenty-three")[len(lrp.METHODS) - 24]
    assert f"{count} more methods" in first
    sizes = [round(imagenet_size(depth) / 1e6) for depth in ARCHITECTURES["resnet"]]
    assert f"({min(sizes)} to {max(sizes)} MB, VGG-16 {imagenet_size(16, 'vgg') / 1e6:.0f})" in first
    assert (len(EPSILON.values), min(EPSILON.values), max(EPSILON.values)) == (20, 0, 10)
    assert "at twenty values from 0 to 10" in pages
    assert (len(GAMMA.values), min(GAMMA.values), max(GAMMA.values)) == (12, 0, 100)
    assert "twelve values of gamma from 0 to 100" in pages


def test_the_first_document_is_short_and_begins_with_the_user() -> None:
    text = FIRST.read_text()
    assert len(text.splitlines()) <= 150
    order = ("streamlit run app.py", "## How to read a heatmap", "## What it does not tell", ".venv/bin/pytest", "### The house")
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    for other in ("lrp/README.md", "pages/README.md", "lrp/models/demo/README.md"):
        assert f"]({other})" in text
