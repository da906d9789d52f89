"""Imports torchvision whether or not its compiled operators fit the installed torch.

PyPI's torchvision wheel is built against the CUDA build of torch. Beside a CPU-only torch its compiled library does not load,
and the import fails for want of two detection operators that nothing here uses. Their schemas are then declared, without
an implementation, and the import succeeds. With a matching pair nothing is done.

Import it where torchvision is used, inside the function: torchvision takes as long to load as torch. Python imports a module
once, and a thread that needs it meanwhile waits, so that several may be the first.
"""

import importlib
import sys

import torch

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

try:
    torchvision = importlib.import_module("torchvision")
except RuntimeError as error:
    if "torchvision::" not in str(error):
        raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    # The declarations last as long as this object. torch does not annotate the class.
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    torchvision = importlib.import_module("torchvision")
