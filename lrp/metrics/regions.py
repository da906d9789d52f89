"""A region of the picture: how much relevance lies in it, and how the output changes when it is blurred."""

import torch
from torch import Tensor

from lrp.attribution import Map
from lrp.methods.baselines import blur
from lrp.network.graph import Network
from lrp.network.inputs import as_input, output_of
from lrp.region import Region
from lrp.walk.class_index import Classes
from lrp.walk.objectives import Objective, as_objective


def share_inside(values: Map, region: Region) -> tuple[float, float]:
    """Returns the shares of a map's positive and of its negative relevance that lie in the region, 0 to 1; 0 where there is none.

    values: (H, W). Raises ValueError for a region beyond it.
    """
    region.check(*values.shape)
    shares = []
    for sign in (1, -1):
        sizes = (sign * values).clip(min=0).astype(float)
        shares.append(float(sizes[region.inside].sum() / sizes.sum()) if sizes.sum() else 0.0)
    return shares[0], shares[1]


def blur_inside(x: Tensor, region: Region) -> Tensor:
    """Returns `x`, (N, C, H, W), as the blurred baseline in the region and as it was elsewhere."""
    region.check(*x.shape[-2:])
    changed = x.clone()
    changed[..., *region.inside] = blur(x)[..., *region.inside]
    return changed


def when_blurred(network: Network, x: Tensor, target: Classes | Objective, region: Region) -> tuple[Tensor, Tensor]:
    """Returns f(x) (N,) and f(x with the region blurred) (N,) of what `target` explains: an experiment, not an attribution.

    Where the second is smaller, the network misses what it saw there. x: (N, 3, H, W). target: a class, or an
    objective that is a value of the output. Raises ValueError for a region beyond the picture.
    """
    objective, x = as_objective(target, network.head), as_input(network, x)
    with torch.inference_mode():
        before, after = (objective.value(output_of(network, picture, objective.place)) for picture in (x, blur_inside(x, region)))
    return before, after
