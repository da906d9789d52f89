"""The network in what callers pass: a Network, or an object that holds one."""

from typing import Protocol, cast, runtime_checkable

from torch import nn

from lrp.network.graph import Network


class NetworkHolder(Protocol):
    """What holds a network, as a Backbone does."""

    @property
    def network(self) -> Network:
        """The network that it holds."""


@runtime_checkable
class CanonizedModel(NetworkHolder, Protocol):
    """A model together with its canonized network, as a Backbone is."""

    @property
    def model(self) -> nn.Module:
        """The model that the network was made of."""


AnyNetwork = Network | NetworkHolder


def network_of(given: AnyNetwork) -> Network:
    """Returns the network itself, or the one that `given` holds; anything else is returned as it is."""
    return cast(Network, getattr(given, "network", given))
