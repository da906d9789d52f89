"""The processor that torch computes for: this one, or this one without its later instruction sets."""

import os
import subprocess
import sys

# Read by torch's own code and by oneDNN when they are loaded, so they must be set before torch is imported.
ISAS: dict[str, dict[str, str]] = {
    "native": {},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
}
_PROBE = """
import torch
print("torch:", torch.backends.cpu.get_cpu_capability())
torch.nn.functional.conv2d(torch.ones(16, 32, 56, 56), torch.ones(32, 32, 3, 3))
"""


def instruction_sets(isa: str = "native") -> str:
    """The instruction sets that torch and oneDNN themselves say they use, as in "torch AVX2, oneDNN Intel AVX2"."""
    environment = os.environ | ISAS[isa] | {"ONEDNN_VERBOSE": "all"}
    done = subprocess.run([sys.executable, "-c", _PROBE], env=environment, capture_output=True, text=True, check=True, timeout=60)
    return ", ".join(f"{name} {_after(mark, done.stdout)}" for name, mark in (("torch", "torch:"), ("oneDNN", "cpu,isa:")))


def _after(mark: str, text: str) -> str:
    return next((line.split(mark, 1)[1].strip() for line in text.splitlines() if mark in line), "unknown")
