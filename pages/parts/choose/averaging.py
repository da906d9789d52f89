"""The switch between the plain map and the mean of the maps of 16 shifted pictures, where that helps and is quick."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import streamlit as st

from lrp.methods.method import Method
from pages.parts.frame.state import SessionValue

AVERAGED = SessionValue[bool]("averaged")
VIEWS = 4  # along each axis, chosen by measurement (lrp/README.md)
HELPED = ((18, 34), "demo")  # depths whose shortcuts leave a lattice, and the weights that are quick enough for 16 views


class KnownNetwork(Protocol):
    """What says which network is meant, such as a Backbone."""

    @property
    def architecture(self) -> str: ...

    @property
    def depth(self) -> int: ...

    @property
    def weights(self) -> str: ...


def average_over_shifts(methods: Mapping[str, Method], networks: Mapping[str, KnownNetwork]) -> dict[str, Method]:
    """Draws the switch; returns `methods`, while it is on with VIEWS x VIEWS views for each whose maps have the lattice.

    Draws none where it would change nothing. A number of views that was chosen in a map's own settings stays. networks: of the
    maps, by the same keys.
    """
    keys = [key for key, method in methods.items() if is_averaged(method, networks[key])]
    if not keys:
        return dict(methods)
    labels = " and ".join(dict.fromkeys(methods[key].label for key in keys))
    on = st.toggle(
        f"Mean of {VIEWS**2} shifted views for {labels}", True, key=AVERAGED.key, bind="query-params",
        help="This network looks at every second place only, again and again, which leaves a regular grid of dots on such a map. "
        f"With the switch on, the picture is explained {VIEWS**2} times, each time moved a little, and the mean is shown: "
        "the grid cancels, and the map points at the object better. Off shows the plain map; the guide shows both.",
    )
    return {key: replace(method, shifts=VIEWS) if on and key in keys else method for key, method in methods.items()}


def is_averaged(method: Method, network: KnownNetwork) -> bool:
    """Whether the switch changes this map."""
    return _is_helped(network) and method.lattice and method.shifts == 1


def without_averaging(
    methods: Mapping[str, Method], networks: Mapping[str, KnownNetwork]
) -> tuple[dict[str, Method], bool]:
    """Returns methods and the switch of which `average_over_shifts` makes `methods`: with it on where that can be."""
    helped = {key: method for key, method in methods.items() if _is_helped(networks[key]) and method.lattice}
    if any(method.shifts == 1 for method in helped.values()):
        return dict(methods), False
    averaged = {key for key, method in helped.items() if method.shifts == VIEWS}
    return {key: replace(method, shifts=1) if key in averaged else method for key, method in methods.items()}, True


def _is_helped(network: KnownNetwork) -> bool:
    depths, weights = HELPED
    return network.architecture == "resnet" and network.depth in depths and network.weights == weights
