"""Where networks compute: on the processor or on an accelerator, such as a graphics card."""

import torch

AUTO = "auto"
DEVICES = (AUTO, "cpu", "cuda", "mps")  # the usual names; one of several is named by its number, such as "cuda:1"

Device = str | torch.device


def as_device(wanted: Device) -> torch.device:
    """Returns the device of that name, with its number where there can be several; "auto" is an accelerator if there is one.

    On CUDA it makes convolutions of this process exact and repeatable: by default torch rounds their inputs to 10 bits (TF32),
    too coarse for relevance. Raises ValueError for an unknown name, and for a device that is not there.
    """
    found = torch.accelerator.current_accelerator(check_available=True)
    if wanted == AUTO:
        wanted = found or "cpu"
    try:
        device = torch.device(wanted)
    except (RuntimeError, TypeError):
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {str(wanted)!r}") from None
    if device.type == "cpu":
        return torch.device("cpu")
    count = torch.accelerator.device_count() if found is not None and found.type == device.type else 0
    index = device.index if device.index is not None else torch.accelerator.current_device_index() if count else 0
    if index >= count:
        there = ["cpu", *(f"{found.type}:{i}" for i in range(torch.accelerator.device_count()))] if found else ["cpu"]
        raise ValueError(f"device must be one that torch finds here, {' or '.join(there)}, got {str(wanted)!r}")
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = False, True
    return torch.device(device.type, index)
