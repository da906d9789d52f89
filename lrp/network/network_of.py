"""The network in what callers pass: a Network, or an object that holds one."""

from typing import Protocol, cast

from lrp.network.graph import Network


class NetworkHolder(Protocol):
    """What holds a network, as a Backbone does."""

    @property
    def network(self) -> Network:
        """The network that it holds."""


AnyNetwork = Network | NetworkHolder


def network_of(given: AnyNetwork) -> Network:
    """Returns the network itself, or the one that `given` holds; anything else is returned as it is."""
    return cast(Network, getattr(given, "network", given))
