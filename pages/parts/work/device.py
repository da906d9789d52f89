"""Where the networks of this server compute."""

import os
from functools import cache

import torch

from lrp.models.device import as_device

VARIABLE = "LRP_DEVICE"


@cache
def server_device() -> torch.device:
    """Returns the device that LRP_DEVICE names, the processor by default. Raises ValueError for one that is not there."""
    return as_device(os.environ.get(VARIABLE) or "cpu")


def device_problem() -> str:
    """Returns a sentence on what is wrong with LRP_DEVICE, "" where nothing is."""
    try:
        server_device()
    except ValueError as error:
        return f"{VARIABLE}, where this server is to compute, cannot be: {error}. Set it to one of these and start it again."
    return ""
