"""torchvision beside a torch that its compiled operators do not fit, and beside one that they do."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from lrp._torchvision import torchvision

STAND_IN = """
import runpy, sys, torch
from importlib.machinery import ModuleSpec

class Finder:  # a torchvision of our own making, so that both pairings are tried on every machine
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torchvision" else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        tries.append(module.__name__)
        {body}

tries = []
sys.meta_path.insert(0, Finder())
scope = runpy.run_path({module!r})  # by itself, because the rest of the package wants the real torchvision
"""
MODULE = str(Path(__file__).parents[2] / "lrp" / "_torchvision.py")
FITS = "pass"
LACKS_OPERATORS = "torch.library.register_fake('torchvision::nms')(lambda *_: None)"
BROKEN_OTHERWISE = "raise RuntimeError('the disk is on fire')"


def run(body: str, then: str) -> subprocess.CompletedProcess[str]:
    script = STAND_IN.format(body=body, module=MODULE) + textwrap.dedent(then)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)


DECLARED = "any(schema.name.startswith('torchvision::') for schema in torch._C._jit_get_all_schemas())"


def test_with_a_matching_pair_nothing_is_declared() -> None:
    done = run(FITS, f"""
        assert scope["torchvision"] is sys.modules["torchvision"]
        assert tries == ["torchvision"] and not {DECLARED}
    """)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_without_the_compiled_operators_they_are_declared_and_the_import_is_tried_again() -> None:
    done = run(LACKS_OPERATORS, f"""
        assert scope["torchvision"] is sys.modules["torchvision"]
        assert tries == ["torchvision"] * 2 and {DECLARED}
    """)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_another_failure_of_the_import_is_not_hidden() -> None:
    done = run(BROKEN_OTHERWISE, "")
    assert done.returncode != 0
    assert "the disk is on fire" in done.stderr


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_installed_torchvision_computes(name: str) -> None:
    with torch.inference_mode():
        assert torchvision.models.get_model(name).eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
