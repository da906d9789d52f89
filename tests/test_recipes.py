"""The four recipes of the README: each is followed as it stands there, and what it makes is used."""

import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import lrp
from lrp.attribution import sum_channels
from lrp.cli.main import main
from lrp.network.operations.table import FUNCTIONS, MODULES
from lrp.rules.kernel import Step
from pages.parts.choose.samples import SAMPLES
from tests.networks import HIGH, LOW, pictures, random_resnet
from tests.small import bundled, write_small
from tests.visitor import ROOT, Visitor

SECTION = re.search(r"### Four recipes\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.DOTALL)[1]  # type: ignore[index]
# What is made -> the words of its recipe, and its code.
RECIPES = {
    name: (words, code) for name, words, code in re.findall(r"\*\*A (\w+)\*\*(.*?)```python\n(.*?)```", SECTION, re.DOTALL)
}


def place(name: str, *also: str) -> ModuleType:
    """The module that the recipe says its code goes to; `also`: what else the recipe must name."""
    words = RECIPES[name][0]
    for other in also:
        assert f"`{other}`" in words
    path = re.search(r"`(lrp/[\w/]+)\.py`", words)
    assert path
    return import_module(path[1].replace("/", "."))


def defined(name: str, wanted: str) -> Any:
    """What the recipe's code defines in its place, with that file's own imports and those that the recipe names."""
    names = dict(vars(place(name)))
    for imported, module in re.findall(r"imports `(\w+)` from `([\w.]+)`", RECIPES[name][0]):
        names[imported] = getattr(import_module(module), imported)
    exec(RECIPES[name][1], names)
    return names[wanted]


@pytest.fixture
def method(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """The recipe's method with the recipe's rule, with its row in METHODS."""
    monkeypatch.setattr(place("rule"), "Power", defined("rule", "Power"), raising=False)
    made = defined("method", "PowerEverywhere")
    assert place_of_methods() is lrp.METHODS
    monkeypatch.setitem(lrp.METHODS, made.name, made)
    return made  # type: ignore[no-any-return]


def place_of_methods() -> dict[str, type[Any]]:
    """The table that the recipe says the method's row goes to."""
    place("method", "METHODS", "lrp/methods/__init__.py")
    return import_module("lrp.methods").METHODS  # type: ignore[no-any-return]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small network in the place of the bundled ones."""
    write_small(tmp_path, 18)
    yield from bundled(monkeypatch, tmp_path, 18)


def test_there_are_four_recipes() -> None:
    assert list(RECIPES) == ["rule", "method", "layer", "page"]


@pytest.mark.parametrize(("power", "shares"), [(1.0, (-0.5, -1.5)), (2.0, (-0.2, -1.8))])
def test_the_rule_shares_by_a_power_of_the_size(power: float, shares: tuple[float, float]) -> None:
    rule = defined("rule", "Power")(power)
    layer = MODULES[nn.Linear](nn.Linear(2, 1, bias=False).double())
    layer.weight.copy_(torch.tensor([[1.0, -3.0]]))  # -2 is shared 1 : 3, or 1 : 9
    ones, arrived = torch.ones(1, 2, dtype=torch.float64), torch.tensor([[-2.0]], dtype=torch.float64)
    (found,) = rule(Step(layer, (ones,), layer.run(ones)[0]), arrived)
    torch.testing.assert_close(found, torch.tensor([shares], dtype=torch.float64), rtol=1e-5, atol=0)


def test_the_method_explains_and_conserves(method: type[Any]) -> None:
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1)
    maps = [lrp.explain(network, x, 3, method(power)) for power in (1.0, 2.0)]
    for found in maps:  # no bias takes part; where + cancels, the stabilizer takes a little
        torch.testing.assert_close(found.total, found.explained, rtol=1e-3, atol=0)
    assert not torch.allclose(maps[0].relevance, maps[1].relevance)


def test_the_method_has_its_options_on_the_command_line(method: type[Any], tmp_path: Path, small: None) -> None:
    Image.fromarray(SAMPLES["Cat"]()).save(tmp_path / "cat.png")
    assert main(["explain", str(tmp_path / "cat.png"), "--method", "power", "--power", "2", "--out", str(tmp_path / "out")]) == 0
    with np.load(tmp_path / "out" / "cat.npz") as arrays:
        found = next(arrays[name] for name in arrays.files if "power" in name)
    assert "power" in json.dumps(json.loads((tmp_path / "out" / "cat.json").read_text()))
    backbone = lrp.load_backbone()
    x = backbone.preprocess(Image.open(tmp_path / "cat.png"))
    target = int(backbone.network(x)[0].argmax())
    np.testing.assert_array_equal(found.squeeze(), lrp.explain(backbone, x, target, method(2.0)).relevance.squeeze().numpy())


def test_the_method_has_its_controls_and_its_place_in_the_link(method: type[Any], small: None) -> None:
    visitor = Visitor({"a": method.label, "a_power_power": "2", "c": lrp.EpsilonPlus.label}).wait()
    assert visitor.value("a") == "power"
    assert visitor.value("a_power_power") == 2.0
    assert visitor.sentences == []
    backbone = lrp.load_backbone()
    x = backbone.preprocess(Image.fromarray(SAMPLES["Cat"]()))
    values = sum_channels(lrp.explain(backbone, x, int(backbone.network(x)[0].argmax()), method(2.0)).relevance)
    shown = next(each for each in visitor.maps if each.title.startswith(method.label))
    assert np.abs(shown.values - values).max() <= 0.501 * shown.step + 1e-6 * np.abs(values).max()


class Asinh(nn.Module):
    """A network whose activation has no row, in one of its spellings."""

    def __init__(self, spelling: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.convolution, self.linear, self.spelling = nn.Conv2d(3, 2, 3), nn.Linear(72, 2), spelling

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.spelling(self.convolution(x)).flatten(1))  # type: ignore[no-any-return]


@pytest.mark.parametrize("spelling", [torch.asinh, lambda z: z.asinh(), lambda z: z.asinh_()], ids=["torch", "method", "place"])
def test_the_layer_is_explained(monkeypatch: pytest.MonkeyPatch, spelling: Callable[[Tensor], Tensor]) -> None:
    model, x = Asinh(spelling).double().eval(), pictures(1, 8)
    with pytest.raises(TypeError, match=r"no LRP rule for asinh_? .*add its row"):
        lrp.canonize(model)
    family = place("layer", "FUNCTIONS")
    assert family.FUNCTIONS.items() <= FUNCTIONS.items()  # a row that is added there is in the table
    for function, row in eval(f"{{{RECIPES['layer'][1]}}}", vars(family)).items():
        monkeypatch.setitem(FUNCTIONS, function, row)
    network = lrp.canonize(model)
    with torch.no_grad():
        torch.testing.assert_close(network(x), model(x))
    found = lrp.explain(network, x, 1, lrp.UniformEpsilon(1e-9)).by_layer
    (name,) = (name for name in found if name.startswith("asinh"))
    torch.testing.assert_close(found[name], found["convolution"])


def test_the_page_is_drawn_with_what_was_chosen_on_another(tmp_path: Path, small: None) -> None:
    words, code = RECIPES["page"]
    row = re.search(r"`(st\.Page\(.*\))`", words)
    assert row
    file = tmp_path / "pages" / "single.py"
    file.parent.mkdir()
    file.write_text(code)
    router = (ROOT / "app.py").read_text()
    last = '        ],\n        position="top",'
    assert router.count(last) == 1
    # A copy of app.py in which the pages that are there already keep their place.
    there = router.replace('st.Page("pages/', f'st.Page("{ROOT}/pages/')
    (tmp_path / "app.py").write_text(there.replace(last, f"            {row[1]},\n{last}"))
    visitor = Visitor({"class": "ant"}, tmp_path / "app.py")
    visitor.at.switch_page("pages/single.py")
    visitor.run().wait()
    assert visitor.value("class") == "ant"
    assert visitor.sentences == []
    (image,) = visitor.at.main.get("image")
    assert "ant" in image.proto.imgs[0].caption
