"""What results of a network are cached under, and which networks are one visitor's alone."""

import weakref
from collections.abc import Hashable

from lrp import Backbone

_private: weakref.WeakSet[Backbone] = weakref.WeakSet()
_keys: weakref.WeakKeyDictionary[Backbone, Hashable] = weakref.WeakKeyDictionary()


def network_key(network: Backbone) -> Hashable:
    """Returns the digest of the weights, how pictures are prepared, and what the outputs mean, as plain scalars.

    A visitor may give the same file another size or other names.
    """
    if network not in _keys:
        _keys[network] = _make_key(network)
    return _keys[network]


def _make_key(network: Backbone) -> Hashable:
    mean, std = (tuple(values.flatten().tolist()) for values in (network.mean, network.std))
    prepared = (network.size, network.margin, network.shape, network.squash, network.interpolation, mean, std)
    return (network.sha256, prepared, network.head, network.categories)


def mark_private(network: Backbone) -> None:
    """Makes the results of this network those of its visitor alone, whatever the picture."""
    _private.add(network)


def is_private(network: Backbone) -> bool:
    """Whether the network is one visitor's alone."""
    return network in _private
