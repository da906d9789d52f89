"""Relevance and time of transformers against LXT 2.1: python -m tests.benchmarks.lxt, after pip install --no-deps lxt==2.1.

Its explicit functions explain the blocks of tests/lrp/rules/test_against_lxt.py; its efficient way, Input x Gradient of patched
modules, explains ViT-B/16 by CP-LRP. LXT patches torch's modules for good, so it comes last.
"""

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

import lrp
from tests.benchmarks.contenders import model_of
from tests.benchmarks.measure import add_clock, medians
from tests.lrp.rules.test_against_lxt import SHAPES, difference


def patched_relevance(model: nn.Module, x: Tensor) -> Tensor:
    """LXT's relevance of class 3, once modules are patched."""
    leaf = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(leaf)[0, 3], leaf)
    return x * gradient


def patch_torch() -> None:
    """Patches torch's modules as LXT's preset for vision transformers does, CP-LRP in attention and AttnLRP elsewhere.

    The packages that hold it also load language models, which need a transformers before 5, so they are entered by the side.
    """
    folder = Path(importlib.import_module("lxt").__path__[0])
    for name in ("efficient", "efficient.models"):
        package = ModuleType(f"lxt.{name}")
        package.__path__ = [str(folder.joinpath(*name.split(".")))]
        sys.modules[package.__name__] = package
    for kind, patch in importlib.import_module("lxt.efficient.models.vit_torch").cp_LRP.items():
        patch(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare transformers with LXT.")
    parser.add_argument("--runs", type=int, default=9)
    add_clock(parser)
    options = parser.parse_args()
    functions = importlib.import_module("lxt.explicit.functional")
    for shape in SHAPES:
        for constant in (False, True):
            name = "CP-LRP" if constant else "AttnLRP"
            print(f"{shape:<8}{name:<8} relative difference {difference(shape, functions, constant):.1e}")
    model, size, _ = model_of("vit_b_16")
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    network = lrp.canonize(model, example=x)
    ours = lrp.explain(network, x, 3, lrp.CPLRP(0.0)).relevance
    stock = medians({"stock": lambda: patched_relevance(model, x)}, options.runs, 90, options.clock)["stock"]
    patch_torch()
    theirs = patched_relevance(model, x)
    gap = float((ours - theirs).abs().max() / theirs.abs().max())
    print(f"ViT-B/16, CP-LRP: relative difference {gap:.1e}, single precision")
    work = {
        "CP-LRP": lambda: lrp.explain(network, x, 3, lrp.CPLRP()), "AttnLRP": lambda: lrp.explain(network, x, 3, lrp.AttnLRP()),
        "CP-LRP, LXT": lambda: patched_relevance(model, x),
    }  # fmt: skip
    for what, seconds in medians(work, options.runs, 90, options.clock).items():
        print(f"{what:<14}{seconds * 1e3:8.1f} ms{seconds / stock:8.2f} x forward and gradient")


if __name__ == "__main__":
    main()
