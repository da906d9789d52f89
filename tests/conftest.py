"""What all tests share."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

# One processor for torch, here and in every process that a test starts: on small tensors two threads that wait for each other
# take many times longer as soon as anything else runs on the machine. It must be said before torch is imported.
os.environ["OMP_NUM_THREADS"] = "1"

import lrp._torchvision
from tests.alone import Turns, wants_to_be_alone
from tests.checkpoints import Shop, run_here
from tests.loopback import Loopback
from tests.processor import instruction_sets

# Files of these folders take minutes, the others seconds: begun last, they would keep one worker busy while the other is idle.
SLOW_FIRST = ("load", "browser", "pages")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else len(SLOW_FIRST)

    items.sort(key=place)


TURNS = Turns()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of the time limit of a test
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, bool, bool]:
    TURNS.begin(wants_to_be_alone(item))
    try:
        return (yield)
    finally:
        TURNS.end(wants_to_be_alone(nextitem))


def pytest_report_header() -> str:
    return f"instruction sets: {instruction_sets()}"


@pytest.fixture(scope="module")
def backbone() -> lrp.Backbone:
    """The bundled network that is loaded where none is named."""
    return lrp.load_backbone()


@pytest.fixture
def unsandboxed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints are read in this process; for tests of what is said of them, beside those of the sandbox itself."""
    monkeypatch.setattr("lrp.models.checkpoint.run_job", run_here)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A server with one small checkpoint, and an empty cache."""
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path / "cache"))
    with Loopback() as server:
        monkeypatch.setenv("LRP_WEIGHTS_URL", server.url("/models"))
        yield Shop(server, tmp_path / "cache")
