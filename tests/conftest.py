"""What all tests share."""

import os

# One processor for torch, here and in every process that a test starts: on small tensors two threads that wait for each other
# take many times longer as soon as anything else runs on the machine. It must be said before torch is imported.
os.environ["OMP_NUM_THREADS"] = "1"

import lrp.torchvision_import  # noqa: F401  (before Zennit and Captum, which import torchvision themselves)
