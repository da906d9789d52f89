"""What "Reproduce this" shows, run as it stands: the same bytes of relevance as the page hands out."""

import io
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lrp
from lrp.cli.main import main
from tests.pages.choose.network_kit import checkpoint, sent
from tests.pages.compare.test_panel_networks import pets as pets
from tests.pages.helpers import FAST_LINK, ending, file_of, stripes
from tests.visitor import Visitor

Files = dict[str, Callable[[], bytes]]
Arrays = list[np.ndarray]


def handed_out(files: Files) -> Arrays:
    """The relevance of each map, in order."""
    with np.load(io.BytesIO(ending(files, ".npz"))) as found:
        return [found[name] for name in sorted(name for name in found.files if name.startswith("relevance_"))]


def by_command(shown: str) -> Arrays:
    """The same by the commands, which write each map to a folder that is called after its number."""
    found: dict[int, np.ndarray] = {}
    for line in shown.splitlines():
        words = shlex.split(line)
        assert main(words[3:]) == 0
        if words[3] == "explain":
            folder = Path(words[words.index("--out") + 1]) if "--out" in words else Path()
            (file,) = folder.glob("*.npz")
            with np.load(file) as arrays:
                maps = sorted(name for name in arrays.files if name.startswith("relevance_"))
                places = [int(part) for part in folder.name.split("-")[1:]] or range(1, len(maps) + 1)
                found |= {place: arrays[name] for place, name in zip(places, maps, strict=True)}
    return [found[place] for place in sorted(found)]


def save_settings(files: Files) -> None:
    (name,) = (name for name in files if name.endswith(".json"))
    Path(name).write_bytes(files[name]())


def by_script(shown: str) -> Arrays:
    names: dict[str, Arrays] = {}
    exec(compile(shown, "script", "exec"), names)
    return names["relevance"]


def assert_reproduced(visitor: Visitor, files: Files) -> list[str]:
    """Runs all that is shown, and returns it."""
    assert not visitor.at.main.code  # what is not open is not made either
    command, script, *others = (code.value for code in visitor.open_fold("reproduce").at.main.code)
    expected = handed_out(files)
    for found in (by_command(command), by_script(script), *map(by_command, others)):
        assert [each.tobytes() for each in found] == [each.tobytes() for each in expected]
    return [command, script, *others]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_first_view_comes_again_by_command_by_script_and_by_its_settings(small: None, files: Files) -> None:
    visitor = Visitor({"sample": "Rocket", "class": "elk", "a_uniform-epsilon_epsilon": "0.1"}).wait()
    save_settings(files)
    assert len(assert_reproduced(visitor, files)) == 3


def test_an_own_picture_and_another_question_come_again(small: None, files: Files) -> None:
    visitor = Visitor({"class": "bee", **FAST_LINK}).upload(file_of(stripes()), "own picture.png")
    visitor.put({"objective": "contrast", "depth": 34}).put({"versus": "fox"}).wait()
    Path("own picture.png").write_bytes(file_of(stripes()))
    save_settings(files)
    assert_reproduced(visitor, files)
    assert "own picture.png" in visitor.words


def test_maps_of_several_networks_come_again(pets: lrp.Backbone, files: Files, tmp_path: Path) -> None:
    visitor = Visitor({**FAST_LINK, "b_network": "pets.safetensors"}).wait()
    Path("pets.safetensors").write_bytes((tmp_path / "networks" / "pets.safetensors").read_bytes())
    assert len(assert_reproduced(visitor, files)) == 2


def test_a_network_that_was_brought_comes_again_with_what_was_said_of_it(small: None, files: Files) -> None:
    visitor = Visitor(FAST_LINK).wait().press("Bring your own network")
    visitor.at.number_input(key="network size").set_value(40)
    sent(visitor, checkpoint()).press("Use this network").wait()
    Path("best.pth").write_bytes(checkpoint())
    save_settings(files)
    command, script, _ = assert_reproduced(visitor, files)
    assert "networks add best.pth --size" in command
    assert "lrp.load_network('best.pth', size=" in script
