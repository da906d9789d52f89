"""VGG as it is built here: layer by layer that of torchvision, and what does not exist is refused."""

import pytest
import torch

from lrp._torchvision import torchvision
from lrp.models.architectures.vgg import build_vgg


def test_a_vgg_of_the_usual_widths_is_torchvisions() -> None:
    with torch.device("meta"):
        ours, theirs = build_vgg(), torchvision.models.vgg16()
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, v.shape) for k, v in theirs.state_dict().items()]
    assert [str(m) for m in ours.modules()][1:] == [str(m) for m in theirs.modules()][1:]


@pytest.mark.parametrize(("depth", "widths"), [(19, (8,) * 5), (16, (8,) * 4), (16, (8, 8, 0, 8, 8))])
def test_a_vgg_that_does_not_exist_is_refused(depth: int, widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be .*, got"):
        build_vgg(depth, widths)
