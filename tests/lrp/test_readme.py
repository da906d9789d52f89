"""The account in lrp/README.md: its code is run as it stands there."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from skimage.data import chelsea
from torch import nn

import lrp
from lrp.methods.composites import Composite, by_kind
from lrp.network.operations.table import MODULES
from lrp.rules.first_layer import Flat
from lrp.rules.kernel import Step
from lrp.rules.weighted import AlphaBeta, Epsilon, ZPlus
from tests.networks import HIGH, LOW, pictures, random_resnet

NEW = "A new rule, a new composite, a new layer"


def code_blocks(section: str) -> list[str]:
    """The Python below a heading of lrp/README.md, block by block."""
    account = (Path(lrp.__file__).parent / "README.md").read_text()
    found = re.search(rf"\n## {section}\n(.*?)(?:\n## |\Z)", account, re.DOTALL)
    assert found
    return re.findall(r"```python\n(.*?)```", found[1], re.DOTALL)


def test_the_readmes_new_rule_takes_five_lines_and_its_composites_one_each_and_they_work():
    code = code_blocks(NEW)[0]
    rule = code[code.index("@dataclass") : code.index("\n\n\nabsolute")].splitlines()
    assert len(rule) == 5
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1)
    namespace = {"network": network, "x": x, "target": 3}
    exec(code, namespace)
    absolute, alpha_beta = namespace["maps"]
    by_zplus = Composite(by_kind(ZPlus(), Epsilon()), first=Flat())
    plain = lrp.explain(network, x, 3, by_zplus).relevance
    assert absolute.isfinite().all()
    assert not torch.allclose(absolute, plain)
    assert torch.equal(alpha_beta, lrp.explain(network, x, 3, Composite(by_kind(AlphaBeta(3, 2), Epsilon()))).relevance)
    # By hand: -2 is shared 1 : 3 by the size of 1 * 1 and 1 * -3.
    layer = MODULES[nn.Linear](nn.Linear(2, 1, bias=False).double())
    layer.weight.copy_(torch.tensor([[1.0, -3.0]]))
    ones = torch.ones(1, 2, dtype=torch.float64)
    (share,) = namespace["Absolute"]()(Step(layer, (ones,), layer.run(ones)[0]), torch.tensor([[-2.0]], dtype=torch.float64))
    torch.testing.assert_close(share, torch.tensor([[-0.5, -1.5]], dtype=torch.float64), rtol=1e-5, atol=0)


def test_the_readmes_new_layer_is_explained():
    definition, row = code_blocks(NEW)[1].split("\nMODULES[")
    namespace: dict[str, Any] = {}
    exec(definition, namespace)
    model = nn.Sequential(nn.Conv2d(3, 2, 3), namespace["SignedRoot"](), nn.Flatten(), nn.Linear(72, 2)).double().eval()
    with pytest.raises(TypeError, match="no LRP rule for sign at 1"):
        lrp.canonize(model)
    try:
        exec(f"MODULES[{row}", namespace)
        result = lrp.explain(lrp.canonize(model), pictures(1, 8), 1, lrp.UniformEpsilon(1e-9))
    finally:
        MODULES.pop(namespace["SignedRoot"], None)
    torch.testing.assert_close(result.by_layer["_1"], result.by_layer["_0"])


def test_the_readmes_three_lines_explain_the_features_of_layer3(monkeypatch):
    model, x = random_resnet(34), pictures(1)
    backbone = SimpleNamespace(network=lrp.canonize(model), preprocess=lambda picture: x)
    asked = {}
    monkeypatch.setattr(lrp, "load_backbone", lambda **settings: asked.update(settings) or backbone)
    code = code_blocks("The script that this project began with")[0]
    assert len(code.splitlines()) == 3
    namespace = {"lrp": lrp, "picture": None}
    exec(code, namespace)
    assert asked == {"depth": 34, "weights": "imagenet"}
    features = nn.Sequential(*list(model.children())[:7])(x).detach()
    torch.testing.assert_close(namespace["result"].explained, features.sum().view(1))
    assert namespace["result"].relevance.shape == x.shape


def test_the_library_is_used_as_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(chelsea()).save("cat.jpg")
    namespace: dict[str, Any] = {}
    for code in code_blocks("As a library and from the command line"):
        exec(code, namespace)
    result = namespace["result"]
    assert result.relevance.shape == (1, 3, 160, 160)
    assert list(result.by_layer)
    assert namespace["curves"].random_areas.size
    assert namespace["report"].cards[0].words()


def test_a_network_of_ones_own_is_explained_as_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = random_resnet(18, classes=3, dtype=torch.float32)
    torch.save(model.state_dict(), "best.pth")
    Path("names.txt").write_text("cat\ndog\nelk\n")
    namespace: dict[str, Any] = {"lrp": lrp, "model": model, "target": 1, "picture": Image.fromarray(chelsea())}
    blocks = code_blocks("Your own network")
    assert [len(block.splitlines()) for block in blocks] == [3, 3]
    maps = []
    for block in blocks:
        exec(block.replace('"cuda"', '"cpu"'), namespace)
        assert namespace["backbone"].categories == ("cat", "dog", "elk")
        maps.append(namespace["result"].relevance)
    torch.testing.assert_close(*maps)
