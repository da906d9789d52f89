"""What all tests share."""

import lrp.torchvision_import  # noqa: F401  (before Zennit and Captum, which import torchvision themselves)
