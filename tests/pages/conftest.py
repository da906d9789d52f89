"""Small random networks in place of the bundled ones, visitors, and work that waits until a test lets it go.

All but the first view is tested on them. What the page draws is compared with what the engine gives for the same question;
sentences are judged by what they must name, not by how they are worded.
"""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from streamlit.delta_generator import DeltaGenerator

import lrp
from lrp.methods import explain
from lrp.models import imagenet
from lrp.models.imagenet import imagenet_entry
from pages.parts.compare import live_deletion
from pages.parts.work import compute
from pages.parts.work.job import Cancelled
from tests.loopback import Loopback, http, loopback_allowed
from tests.networks import random_resnet
from tests.pages.helpers import replace_explain
from tests.published_transformers import published_transformers  # noqa: F401
from tests.small import bundled, write_small
from tests.visitor import Visitor
from tests.work_queue import SECONDS, finish_queue


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small networks of four depths, each in a file as the bundled ones are."""
    path = tmp_path_factory.mktemp("demo")
    for depth in (18, 34, 50, 101):
        write_small(path, depth)
    return path


@pytest.fixture
def small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The small networks of depth 18 and 34 are the bundled ones, and no result is kept from before."""
    yield from bundled(monkeypatch, folder, 18, 34)


@pytest.fixture
def visitor(small: None) -> Visitor:
    """Somebody who has opened the page and sees the whole comparison."""
    return Visitor().wait()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Any]]:
    """The class and the method of everything that is computed from now on."""
    calls: list[tuple[int, Any]] = []

    def noted(network: Any, x: Any, objective: Any, method: Any, progress: Any = None) -> Any:
        calls.append((objective.target if isinstance(objective, lrp.Logit) else objective, method))
        return explain(network, x, objective, method, progress)

    replace_explain(monkeypatch, noted)
    return calls


@pytest.fixture
def web() -> Iterator[Loopback]:
    with Loopback() as server, loopback_allowed(server.port):
        yield server


@pytest.fixture
def shop(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A server with a small ResNet-18 of six classes as the published ImageNet weights."""
    names = ["crane", "owl", "crane bird", "maillot", "cat", "tub"]
    buffer = io.BytesIO()
    torch.save(random_resnet(18, (4, 4, 4, 4), len(names), torch.float32).state_dict(), buffer)
    file = f"resnet18-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    entry = SimpleNamespace(
        url=f"https://elsewhere.invalid/models/{file}",
        meta={"_file_size": len(buffer.getvalue()) / 2**20, "categories": names},
        transforms=imagenet_entry(18).transforms,
    )
    with Loopback() as server:
        monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
        monkeypatch.setenv("LRP_WEIGHTS_URL", server.url("/models"))
        monkeypatch.setattr(imagenet, "imagenet_entry", lambda depth, architecture: entry)
        monkeypatch.setitem(imagenet.SHA256, entry.url.rpartition("/")[2], hashlib.sha256(buffer.getvalue()).hexdigest())
        server.serve(f"/models/{file}", http(buffer.getvalue()))
        yield SimpleNamespace(server=server)


@pytest.fixture(autouse=True)
def rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What covering does is not measured: no map rests long enough. It would be work beside all that a test asks for."""
    monkeypatch.setattr(live_deletion, "REST_SECONDS", float("inf"))


@pytest.fixture
def no_rest(rest: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What covering does is measured at once, however slow the machine seems: an AppTest draws no page again by itself."""
    monkeypatch.setattr(live_deletion, "REST_SECONDS", 0.0)
    monkeypatch.setattr(live_deletion, "AUTOMATIC_SECONDS", float("inf"))


@pytest.fixture
def gate(small: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Integrated Gradients stop at a quarter until the gate is opened; `ends` says how each of them ended.

    They are alone in the queue: what the sliders need is not measured by itself.
    """
    monkeypatch.setattr(live_deletion, "AUTOMATIC_SECONDS", 0.0)
    opened, reached, ends = threading.Event(), threading.Event(), []

    def held(network: Any, x: Any, target: int, method: Any, progress: Any = None) -> Any:
        if method.family == "LRP" or progress is None:
            return explain(network, x, target, method, progress)
        try:
            while True:
                progress(0.25)
                reached.set()
                if opened.wait(0.01):
                    progress(0.25)
                    break
        except Cancelled:
            ends.append("cancelled")
            raise
        ends.append("finished")
        return explain(network, x, target, method, progress)

    replace_explain(monkeypatch, held)
    yield SimpleNamespace(opened=opened, reached=reached, ends=ends)
    opened.set()
    finish_queue()


@pytest.fixture
def leave(small: None) -> Iterator[Callable[[], None]]:
    """The queue is full until this is called."""
    gone, worker = threading.Event(), compute.worker()
    jobs = [worker.submit(lambda progress: gone.wait(SECONDS)) for _ in range(worker.places.limit + worker.places.reserved)]

    def leave() -> None:
        gone.set()
        for job in jobs:
            job.future.result(SECONDS)

    yield leave
    leave()


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """What the download buttons of the page last drawn would hand out, by file name."""
    offered: dict[str, Callable[[], bytes]] = {}
    real = DeltaGenerator.download_button

    def noted(self: Any, label: str, data: Any, file_name: str, *args: Any, **settings: Any) -> Any:
        for before in [name for name in offered if Path(name).suffixes == Path(file_name).suffixes]:
            del offered[before]  # of a page drawn earlier, about another picture
        offered[file_name] = data if callable(data) else lambda: data
        return real(self, label, data, file_name, *args, **settings)

    monkeypatch.setattr(DeltaGenerator, "download_button", noted)
    return offered
