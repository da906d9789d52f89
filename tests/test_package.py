"""The project as a package: a wheel is built, installed in a fresh environment, and explains and shows from there."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.browser.server import free_port, wait_until_up
from tests.load.client import Client
from tests.lrp.cli.kit import picture, record

ROOT = Path(__file__).parents[1]
MAX_WHEEL = 70_000_000  # bytes


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel; what it depends on is found in the environment of the tests."""
    place = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", place)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    packages = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(packages, "tests.pth").write_text(sysconfig.get_path("purelib"))
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    run(*pip, "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", wheel)
    return programs


def run(*command: object, cwd: Path | None = None) -> str:
    """What the command prints, away from the checkout and whatever names it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pins(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (ROOT / file).read_text(), re.MULTILINE))


def test_the_wheel_holds_the_engine_the_demo_networks_and_the_dashboard_and_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size < MAX_WHEEL
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [ROOT / "app.py", *(path for name in ("lrp", "pages", ".streamlit") for path in (ROOT / name).rglob("*"))]
    tracked = [path.relative_to(ROOT).as_posix() for path in files if path.is_file() and "__pycache__" not in path.parts]
    expected = {name if name.startswith("lrp/") else f"lrp_dashboard/{name}" for name in tracked}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "lrp/py.typed" in names


def test_the_command_explains_from_there(installed: Path, tmp_path: Path) -> None:
    assert Path(run(installed / "python", "-c", "import lrp; print(lrp.__file__)", cwd=tmp_path)).is_relative_to(installed.parent)
    picture(tmp_path / "cat.png")
    said = run(installed / "lrp", "explain", "cat.png", "--method", "epsilon-plus-flat", "--out", "maps", cwd=tmp_path)
    assert "epsilon-plus-flat sums to" in said
    assert record(tmp_path / "maps" / "cat.json")["settings"]["network"] == "ResNet-18"
    picture(tmp_path / "photos" / "cat" / "1.png")
    said = run(installed / "lrp", "explain", "photos", "--method", "saliency", "--out", "store", cwd=tmp_path)
    assert said.splitlines()[-1] == "store: 1 pictures"


def test_the_command_starts_the_dashboard_from_there(installed: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    command = [installed / "lrp", "app", "--port", str(port), "--headless"]
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as output, subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output) as server:
        try:
            wait_until_up(address, server, log)
            with Client(address) as visitor:
                visitor.run()
                assert visitor.elements
        finally:
            server.terminate()
    assert "Traceback" not in log.read_text()


def test_dependencies_are_those_that_were_tested_or_later() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = dict(re.findall(r"([\w.-]+)[>=]=(\S+)", "\n".join([*project["dependencies"], *extras["app"]])))
    assert asked == pins("requirements.txt")
    listed = "\n".join([*extras["dev"], *extras["networks"], *extras["ray"]])
    tools = dict(re.findall(r"([\w.-]+)(?:\[\w+\])?[>=]=(\S+)", listed))
    assert tools.items() >= pins("requirements-dev.txt").items()
