"""Files of live networks, and whether what is loaded from them says the same."""

from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import lrp


def saved(model: nn.Module, path: Path) -> Path:
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, path)
    return path


def assert_same_logits(backbone: lrp.Backbone, model: nn.Module, image: Image.Image, **tolerance: float) -> torch.Tensor:
    """The network says of a picture what the live one does, and a map of it is finite and adds up."""
    x = backbone.preprocess(image)
    with torch.no_grad():
        expected = model(x)
    torch.testing.assert_close(backbone.model(x), expected, **tolerance or {"rtol": 0, "atol": 0})
    torch.testing.assert_close(backbone.network(x), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    result = lrp.explain(backbone, x, 0, lrp.UniformEpsilon(1e-6))
    assert result.relevance.shape == x.shape
    assert result.relevance.isfinite().all()
    return x
