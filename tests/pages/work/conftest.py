"""A crowd at one worker."""

from collections.abc import Iterator

import pytest

from tests.pages.work.crowd import Crowd
from tests.work_queue import SECONDS


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    monkeypatch.setattr("pages.parts.work.job.PRESENCE_INTERVAL", 0.0)
    crowd = Crowd()
    yield crowd
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
