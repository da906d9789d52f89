"""python -m lrp app: the server that it becomes, and what is said where there is none."""

import sys
from pathlib import Path

import pytest

from lrp.cli import app
from lrp.cli.main import main
from tests.lrp.cli.kit import ROOT, refusal


def test_it_becomes_the_server_of_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr("os.execv", lambda *arguments: called.append(arguments))
    for given, more in (([], []), (["--port", "8600", "--headless"], ["--server.port=8600", "--server.headless=true"])):
        main(["app", *given])
        assert called.pop() == (sys.executable, [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *more])


@pytest.mark.parametrize("missing", ["streamlit", "plotly", "app.py"])
def test_where_it_is_not_installed_one_line_says_how_to(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if missing == "app.py":
        monkeypatch.setattr(app, "PLACES", (tmp_path,))
    else:
        monkeypatch.setattr(app, "find_spec", lambda name: None if name == missing else name)
    assert "is not installed here; install it by pip install 'lrp-dashboard[app]'" in refusal(["app"], capsys)


def test_a_port_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "must be between 1 and 65535, got 70000" in refusal(["app", "--port", "70000"], capsys)
