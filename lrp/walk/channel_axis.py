"""Which values of a network have their channels last, (N, H, W, C), as between the two permutations of a ConvNeXt block."""

from lrp.network.gated import PairProduct, Product
from lrp.network.graph import Network
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Activation, Curved, Shift, Sum
from lrp.network.weighted import Linear

ELEMENTWISE = (Activation, Curved, PairProduct, Product, Shift, Sum)


def channels_come_last(network: Network) -> frozenset[str]:
    """Returns the names of the nodes whose output, where it has places, has its channels behind them.

    Linear layers and LayerNorm work along the last axis, so it is that of the channels in what they read and write.
    """
    last: set[str] = set()
    for node in network.nodes:
        if isinstance(node.layer, Linear | LayerNorm):
            last |= {node.name, *node.inputs}
        elif isinstance(node.layer, ELEMENTWISE) and node.inputs[0] in last:
            last.add(node.name)
    return frozenset(last)
