"""The switch between plain maps and their means over shifted views, where that helps and is quick."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from lrp import Backbone

KEY = "averaged"  # of the switch, and in the link
SHIFTS = 4  # along each axis, chosen by measurement (lrp/README.md)
HELPED = ((18, 34), "demo")  # depths whose shortcuts leave a lattice, and the weights that are quick enough for 16 views


def average_over_shifts(methods: Mapping[str, Any], network: Backbone) -> dict[str, Any]:
    """Returns `methods`, those whose maps have the lattice as means over shifted views while the switch, drawn here, is on.

    There is no switch where it would change nothing. A number of views that was chosen in a map's own settings stays.
    """
    depths, weights = HELPED
    helped = network.architecture == "resnet" and network.depth in depths and network.weights == weights
    keys = [key for key, method in methods.items() if helped and method.lattice and method.shifts == 1]
    if not keys:
        return dict(methods)
    labels = " and ".join(dict.fromkeys(methods[key].label for key in keys))
    on = st.toggle(
        f"Mean of {SHIFTS**2} shifted views for {labels}", True, key=KEY, bind="query-params",
        help="The strides of this network leave a lattice of dots on such a map. The mean over shifted pictures, each "
        "map moved back, removes it and finds the object better. Off shows the plain map; the guide shows both.",
    )
    return {key: replace(method, shifts=SHIFTS) if on and key in keys else method for key, method in methods.items()}
