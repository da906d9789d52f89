"""Initial weights for training: blocks with one zeroed branch, or the weights of a shallower network."""

from collections import Counter

from torch import Tensor, nn

from lrp.models.architectures.resnet import BLOCKS, Bottleneck


def zero_one_branch(model: nn.Module) -> None:
    """Zeroes one branch of every block: the convolutions where the shortcut is the identity, else the shortcut.

    A shortcut that halves the size reads one pixel in four. Where it dominates, as it does when it starts at full strength, most
    of the evidence, and so of the relevance, lands on a lattice of every 32nd pixel.
    """
    for module in model.modules():
        if isinstance(module, BLOCKS):
            last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
            silent = last if module.downsample is None else module.downsample[1]
            nn.init.zeros_(silent.get_parameter("weight"))


def grow(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Initialises `model` with a shallower network: each of its blocks becomes several in a row that share its residual step.

    A block x + F(x) is a step of an ordinary differential equation, and k copies of it with F / k are the same way in k smaller
    steps, which is nearly the same function (Chang et al. 2018, Multi-level Residual Networks from Dynamical Systems View). So
    every block has a part in the decision from the start. Blocks that begin as the identity remain it, near enough: after 12
    epochs their scale was a tenth of the others'. Raises ValueError if the weights are those of another kind of block or width.
    """
    own = model.state_dict()
    origins = {name: _source_name(name, own, weights) for name in own}
    if unfit := [old for name, old in origins.items() if old not in weights or weights[old].shape != own[name].shape]:
        raise ValueError(f"cannot grow from these weights, their {unfit[0]} does not fit; use the same block and widths")
    last = "bn3" if "layer1.0.bn3.weight" in own else "bn2"
    copies = Counter(origins.values())
    for name, old in origins.items():
        value = weights[old].to(own[name].dtype)
        own[name] = value / copies[old] if f"{last}.weight" in name or f"{last}.bias" in name else value
    model.load_state_dict(own)


def _source_name(name: str, own: dict[str, Tensor], weights: dict[str, Tensor]) -> str:
    """The parameter of the shallower network from which `name` is initialised: the same one for the first block of a stage."""
    stage, *rest = name.split(".", 2)
    if not stage.startswith("layer") or rest[0] == "0":
        return name
    deep, shallow = (len({key.split(".")[1] for key in each if key.startswith(stage)}) for each in (own, weights))
    return f"{stage}.{1 + (int(rest[0]) - 1) * (shallow - 1) // (deep - 1)}.{rest[1]}"
