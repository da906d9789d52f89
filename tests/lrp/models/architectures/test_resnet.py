"""ResNets as they are built here: layer by layer those of torchvision, and what does not exist is refused."""

import pytest
import torch
from torch import fx

from lrp._torchvision import torchvision
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.architectures.resnet import build_resnet


@pytest.mark.parametrize("depth", RESNET_LAYERS)
def test_a_resnet_of_the_usual_widths_is_torchvisions(depth: int) -> None:
    with torch.device("meta"):
        ours, theirs = build_resnet(depth), torchvision.models.get_model(f"resnet{depth}")
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, v.shape) for k, v in theirs.state_dict().items()]
    assert [str(m) for m in ours.modules()][1:] == [str(m) for m in theirs.modules()][1:]


@pytest.mark.parametrize("depth", [18, 50])
def test_a_resnet_computes_what_torchvisions_does_with_the_same_weights(depth: int) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(f"resnet{depth}").eval()
    ours = build_resnet(depth).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 65, 64)
    with torch.inference_mode():
        assert torch.equal(ours(x), theirs(x))
    graphs = [[(node.op, node.name, node.target) for node in fx.symbolic_trace(model).graph.nodes] for model in (ours, theirs)]
    assert graphs[0] == graphs[1]


def test_a_slim_resnet_has_the_widths_asked_for() -> None:
    model = build_resnet(50, (8, 16, 24, 32), 5)
    assert [getattr(model, f"layer{i}")[0].conv1.out_channels for i in (1, 2, 3, 4)] == [8, 16, 24, 32]
    assert (model.conv1.out_channels, model.fc.in_features, model.fc.out_features) == (8, 4 * 32, 5)


@pytest.mark.parametrize(("depth", "widths"), [(20, (8, 8, 8, 8)), (18, (8, 8, 8)), (18, (8, 8, 8, 0))])
def test_a_resnet_that_does_not_exist_is_refused(depth: int, widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be .*, got"):
        build_resnet(depth, widths)
