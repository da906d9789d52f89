"""Commands and scripts that repeat a comparison: typed and run, they ask exactly what was asked."""

import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import lrp
from lrp.cli.asked_map import AskedMap
from lrp.cli.command_lines import command_lines
from lrp.cli.main import build_parser
from lrp.cli.method_flags import make_methods
from lrp.cli.python_script import python_script
from lrp.walk.objectives import OBJECTIVES, make_objective
from tests.pages.helpers import other
from tests.small import NAMES, write_small

EACH_METHOD = pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> lrp.Backbone:
    path = write_small(tmp_path_factory.mktemp("demo"), 18)
    return replace(lrp.load_backbone(18, path), weights="demo")


def typed(command: str) -> Any:
    program, words = shlex.split(command)[:3], shlex.split(command)[3:]
    assert program == ["python", "-m", "lrp"]
    return build_parser().parse_args(words)


def methods_of(command: str) -> list[Any]:
    args = typed(command)
    return make_methods(args.method, args)


def changed(kind: Any) -> list[Any]:
    """The method as it is, and with each setting changed alone: also to a number of many digits, if it takes one."""
    values = [{setting.name: other(setting)} for setting in fields(kind)]
    for setting in fields(kind):
        if isinstance(setting.default, float) and setting.metadata["range"]:
            low, high = setting.metadata["range"]
            values.append({setting.name: low + (high - low) / 3})
    return [kind(), *(replace(kind(), **each) for each in values)]


@EACH_METHOD
def test_every_setting_comes_back_from_the_command_and_from_the_script(network: lrp.Backbone, method: Any) -> None:
    for made in changed(method):
        asked = [AskedMap(network, lrp.Logit(2), made)]
        (command,) = command_lines("sample:Cat", asked)
        assert methods_of(command) == [made]
        (row,) = (line for line in python_script("sample:Cat", asked).splitlines() if line.startswith("    (network, "))
        _, objective, again = eval(row.strip().removesuffix(","), {"lrp": lrp, "network": None})
        assert (objective, again) == (lrp.Logit(2), made)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_comes_back(network: lrp.Backbone, name: str) -> None:
    objective = make_objective(name, {"target": 2, "versus": 0, "place": "layer3"})
    asked = [AskedMap(network, objective, lrp.EpsilonPlus())]
    args = typed(command_lines("cat.png", asked)[0])
    assert (args.files, args.objective, args.depth, args.weights) == (["cat.png"], name, 18, "demo")
    said = {"target": NAMES[2], "versus": NAMES[0], "place": "layer3"}
    assert (args.target, args.versus, args.stage) == tuple(said[field] if field in vars(objective) else None for field in said)
    assert f"lrp.{objective!r}" in python_script("cat.png", asked)


def test_maps_that_one_command_cannot_explain_go_to_several_with_folders_of_their_own(network: lrp.Backbone) -> None:
    methods = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(shifts=4), lrp.IntegratedGradients(), lrp.UniformEpsilon(0.5))
    commands = command_lines("cat.png", [AskedMap(network, lrp.Logit(2), method) for method in methods])
    assert [typed(command).out for command in commands] == [Path("maps-1-3"), Path("maps-2"), Path("maps-4")]
    found = [methods_of(command) for command in commands]
    assert found == [[methods[0], methods[2]], [methods[1]], [methods[3]]]
    others = [AskedMap(network, lrp.Logit(target), lrp.EpsilonPlus()) for target in (0, 1)]
    assert len(command_lines("cat.png", others)) == 2


@pytest.mark.parametrize("file", ["a b's;rm -rf $HOME.png", "katze & hund.jpg", "ü\"`.png"])
def test_a_file_s_name_is_one_word_whatever_is_in_it(network: lrp.Backbone, file: str) -> None:
    asked = [AskedMap(replace(network, weights="--own net.pth"), lrp.Logit(2), lrp.EpsilonPlus(), brought=True)]
    adding, explaining = command_lines(file, asked)
    assert typed(explaining).files == [file]
    assert typed(explaining).network == "--own net-described.safetensors"
    added = typed(adding)
    assert (added.file, added.size, added.resize) == (Path("--own net.pth"), [32, 32], 32 + network.margin)
    assert repr(file) in python_script(file, asked)


@pytest.mark.parametrize(("names", "index", "said"), [
    (NAMES, 2, "cat"), (("1", "0"), 0, "1"), (("a", "a"), 1, "1"), (("-1", "b"), 0, "-1"),
])  # fmt: skip
def test_a_class_is_named_so_that_it_is_found(network: lrp.Backbone, names: tuple[str, ...], index: int, said: str) -> None:
    asked = [AskedMap(replace(network, categories=names), lrp.Logit(index), lrp.EpsilonPlus())]
    assert typed(command_lines("cat.png", asked)[0]).target == said
