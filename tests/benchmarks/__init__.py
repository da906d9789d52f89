"""Figures, not tests: each module prints a table when it is run."""

import lrp._torchvision  # noqa: F401  (before Zennit and Captum, which import torchvision themselves)
