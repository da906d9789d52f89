"""Makes a network of the tensors in a file: which one fits, what its tensors are called there, and what one pass costs."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lrp.models.architectures.families import plan_of
from lrp.models.architectures.plan import Plan
from lrp.models.architectures.timm_plan import TIMM, timm_plan
from lrp.models.fit_report import readable, sentence
from lrp.models.state_dicts import StateDict
from lrp.models.tensors import first_difference, load_tensors
from lrp.models.weights import WeightsError

MAX_MULTIPLICATIONS = 1_000_000_000_000  # of one pass; a ResNet-152 at 1024 x 1024 pixels takes 240 billion
MAX_VALUES = 500_000_000  # that one layer computes; VGG's first at 1024 x 1024 pixels computes 67 million


def fit(
    state: StateDict, library: str = "", architecture: str = ""
) -> tuple[Plan, dict[str, Tensor], tuple[str, ...]]:
    """Returns the network that a state dict is of, its tensors by the names there, and the names of those that are not of it.

    library: whose network of these shapes it is, "timm" or "" for torchvision's. architecture: what the file calls it. Raises
    ValueError with half a sentence if none fits.
    """
    tensors = dict(state.tensors)
    try:
        plan = plan_of(tensors)
    except ValueError:
        if not state.beside:
            raise
        tensors = {**state.beside, **tensors}
        plan = plan_of(tensors)
    if library == TIMM:
        plan = timm_plan(plan, architecture)
    renamed = {_new_name(key, plan.renamed): value for key, value in tensors.items()}
    with torch.device("meta"):
        expected = plan.make().state_dict()
    known = {key.partition(".")[0] for key in expected}
    beside = [key for key in renamed if key.partition(".")[0] not in known]
    own = {key: value for key, value in renamed.items() if key not in beside}
    # Only training uses the number of batches that BatchNorm has seen, and not all files have it.
    own |= {key: torch.tensor(0) for key in expected if key.endswith("num_batches_tracked")}
    if difference := first_difference(expected, own):
        raise ValueError(f"its layers are not those of a {plan.title}: {readable(difference)}")
    unused = (key for key in state.beside if key not in tensors or key in beside)
    return plan, own, (*dict.fromkeys((*state.ignored, *beside, *unused)),)


def built(plan: Plan, tensors: Mapping[str, Tensor], name: str) -> nn.Module:
    """Returns the network with these tensors in float32 and eval mode. Raises WeightsError for values that are not finite."""
    with torch.device("meta"):
        model = plan.make()
    try:
        return load_tensors(model, tensors)
    except ValueError as error:
        raise WeightsError(sentence(name, str(error))) from None


def forward_cost(model: nn.Module, shape: tuple[int, ...]) -> tuple[int, int]:
    """Returns how many multiplications an input of that shape takes, in convolutions and matrix products, and the most values.

    The values are those that one convolution or linear layer computes. model: on the meta device, where nothing is computed.
    Raises ValueError for an input that it cannot take.
    """
    from torch.utils.flop_counter import FlopCounterMode  # here, for it loads much

    values = [0]

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            values.append(output.numel())

    for module in model.modules():
        module.register_forward_hook(count)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model.eval()(torch.empty(shape, device="meta"))
    except (RuntimeError, AssertionError) as error:  # the latter from a ViT, whose size is fixed
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"it cannot take pictures of {shape[2]} x {shape[3]} pixels ({reason}); give another size") from None
    return counter.get_total_flops() // 2, max(values)  # of which each multiplication and each addition is one


def check_cost(plan: Plan, size: tuple[int, int], name: str) -> int:
    """Returns the multiplications of one pass. Raises WeightsError for too many, ValueError for a size that is too small."""
    with torch.device("meta"):
        model = plan.make()
    count, values = forward_cost(model, (1, plan.channels, *size))
    if count > MAX_MULTIPLICATIONS or values > MAX_VALUES:
        reason = f"one pass over a picture of {size[0]} x {size[1]} pixels takes {count / 1e9:,.0f} billion multiplications"
        limits = f"and {values / 1e6:,.0f} million values in a layer, and the limits are {MAX_MULTIPLICATIONS / 1e9:,.0f}"
        raise WeightsError(sentence(name, f"{reason} {limits} and {MAX_VALUES / 1e6:,.0f}; give a smaller size"))
    return count


def _new_name(key: str, renamed: Mapping[str, str]) -> str:
    path, _, leaf = key.rpartition(".")
    return f"{renamed.get(path, path)}.{leaf}" if path else key
