"""A network, pictures and methods of which it is known which map is right."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

import lrp
from lrp.attribution import Attribution
from lrp.methods.lrp_base import LRP
from lrp.methods.shifts import shifts_setting
from lrp.settings import parameter

SIZE, CLASSES = 12, 5


def colour_network() -> lrp.Network:
    """Each of five classes responds to one direction of colour, everywhere alike: what speaks for it is where that colour is."""
    layers = nn.Conv2d(3, CLASSES, 1, bias=False), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    model = nn.Sequential(*layers)
    with torch.no_grad():
        model[0].weight.copy_(10 * colours()[:, :, None, None])
    return lrp.canonize(model.eval(), low=-torch.ones(1, 3, 1, 1), high=torch.ones(1, 3, 1, 1))


def colours() -> Tensor:
    found = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0]], dtype=torch.float32)
    return found


def coloured_patches(count: int, seed: int = 0) -> Tensor:
    """(count, 3, SIZE, SIZE), each with a patch of the colour of class i % CLASSES somewhere on a faint ground."""
    generator = torch.Generator().manual_seed(seed)
    x = 0.005 * torch.randn(count, 3, SIZE, SIZE, generator=generator)
    for i in range(count):
        row, column = (int(torch.randint(0, SIZE - 4, (), generator=generator)) for _ in range(2))
        x[i, :, row : row + 4, column : column + 4] = colours()[i % CLASSES][:, None, None]
    return x


@dataclass(frozen=True)
class Noisy(LRP):
    """Input x Gradient with noise: the larger, the worse the map. `seed` tells methods of the same noise apart."""

    name = "noisy"
    label = "Noisy"
    summary = "A map with noise."
    noise: float = parameter(0.0, "Noise", "How much.", range=(0.0, 1e9))
    seed: int = parameter(0, "Seed", "Of the noise.", range=(0, 100))
    shifts: int = shifts_setting()

    def explain(self, network: Any, x: Any, objective: Any, progress: Any = None) -> Attribution:
        result = lrp.InputXGradient().explain(network, x, objective, progress)
        generator = torch.Generator().manual_seed(int(result.relevance.abs().sum() * 1e6) + self.seed)
        noise = torch.randn(result.relevance.shape, generator=generator, dtype=result.relevance.dtype)
        scale = self.noise * result.relevance.abs().mean()
        return Attribution(result.relevance + scale * noise, result.logits, result.explained)


NOISES = (30.0, 3.0, 0.0, 1e6, 10.0, 100.0)
BY_NOISE = [Noisy(noise) for noise in NOISES]  # the default is neither the best nor the worst
