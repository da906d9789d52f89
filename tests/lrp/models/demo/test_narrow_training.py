"""Narrow networks train on a processor without AVX-512, where torch's weight gradient of some convolutions is broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processor import ISAS

ROOT = Path(__file__).parents[4]
STEP = """
import sys
import torch
from lrp.models.demo import training_run
from lrp.models.architectures.resnet import build_resnet
torch.manual_seed(0)
run = training_run.TrainingRun(build_resnet(18, tuple(map(int, sys.argv[1:])), 2), 1, 1, 0.05)
for _ in range(3):
    views = torch.randn(8, 3, 96, 96).contiguous(memory_format=run.memory_format)
    loss = torch.nn.functional.cross_entropy(run.model(views), torch.tensor([0, 1] * 4))
    run.optimizer.zero_grad()
    loss.backward()
found = [parameter.grad.clone() for parameter in run.model.parameters()]
print(all(gradient.isfinite().all() for gradient in found), any(gradient.any() for gradient in found))
"""


@pytest.mark.parametrize("widths", [(1, 2, 3, 4), (4, 4, 8, 8), (8, 6, 5, 7), (8, 8, 16, 16)])
def test_a_network_of_any_width_trains_without_avx512(widths: tuple[int, ...]) -> None:
    command = [sys.executable, "-c", STEP, *map(str, widths)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ISAS["avx2"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "True"]), done.stderr
