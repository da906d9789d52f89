"""Which methods a network is offered: those that can explain it, and that say something of their own about it."""

from lrp.methods.deeplift import DeepLIFT, check_multipliers
from lrp.methods.method import Method, uses_rules
from lrp.methods.modified_backprop import Deconvolution, GuidedBackprop, check_rectifiers
from lrp.methods.transformer_presets import AttnLRP, AttnLRPGamma
from lrp.network.attention_blocks import has_attention
from lrp.network.graph import Network

CHECKS = {DeepLIFT: check_multipliers, GuidedBackprop: check_rectifiers, Deconvolution: check_rectifiers}


def made_for_attention(method: type[Method]) -> bool:
    """Returns whether the method has something of its own to say about attention alone."""
    return issubclass(method, AttnLRP | AttnLRPGamma)


def check_has_rectifiers(method: Method, network: Network) -> None:
    """Raises ValueError for a method that changes gradients at every ReLU, of a network that has none."""
    if isinstance(method, GuidedBackprop | Deconvolution):
        try:
            check_rectifiers(network)
        except TypeError as error:
            raise ValueError(f"{method.name}: {error}") from None


def suits_network(method: type[Method], network: Network) -> bool:
    """Returns whether the method is offered for a network: whether it has a rule for every layer that needs one.

    Methods made for attention are not, where there is none: they would be LRP-epsilon or gamma under another name.
    """
    if made_for_attention(method):
        return has_attention(network)
    check = next((check for kind, check in CHECKS.items() if issubclass(method, kind)), None)
    try:
        if check is not None:
            check(network)
        elif uses_rules(made := method()):
            made.rules(network)
    except (TypeError, ValueError):
        return False
    return True
