"""What `import lrp` offers, and what it leaves to be loaded by who needs it."""

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import lrp

ROOT = Path(__file__).parents[2]
HEAVY = {
    "captum", "torchvision", "scipy", "sklearn", "skimage", "matplotlib", "requests", "requests_hardened", "urllib3", "pyarrow",
    "sympy", "torch._dynamo",
}  # fmt: skip
ABSENT = HEAVY | {"plotly"}  # which pages draw with
NAMES = [
    "Against", "AttnLRP", "AttnLRPGamma", "Attribution", "AveragedIntegratedGradients", "Backbone", "BlurIntegratedGradients",
    "CLRP", "CPLRP", "Contrast", "Deconvolution", "DeepLIFT", "EpsilonAlpha2Beta1", "EpsilonAlpha2Beta1Flat",
    "EpsilonGammaBox", "EpsilonPlus", "EpsilonPlusFlat", "ExpectedGradients", "Features", "GradCAM", "GuidedBackprop",
    "GuidedIntegratedGradients", "IDGI", "InputError", "InputXGradient", "IntegratedGradients", "Logit", "METHODS",
    "MapComparison", "Network", "OBJECTIVES", "Occlusion", "PictureSet", "SGLRP", "Saliency", "SmoothGrad",
    "SmoothIntegratedGradients", "Trace", "UniformEpsilon", "Value", "WeightsError", "ZeroEpsilonGammaBox", "canonize",
    "compare", "decode_image", "explain", "explain_batch", "fetch_image", "load_backbone", "load_network", "networks",
    "trace",
]  # fmt: skip


def run(script: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_these() -> None:
    assert sorted(lrp.__all__) == NAMES
    assert set(dir(lrp)) >= {*NAMES, "metrics", "methods"}


def test_methods_survive_pickling() -> None:
    for method in lrp.METHODS.values():
        assert pickle.loads(pickle.dumps(method())) == method()


@pytest.mark.parametrize("imported", ["lrp", "lrp.methods", "lrp.metrics", "lrp.display.export", "lrp.display.sheet"])
def test_importing_loads_no_library_that_only_some_work_needs(imported: str) -> None:
    loaded = run(f"import sys, {imported}; print(*sys.modules)").split()
    assert {imported, "torch"} <= set(loaded)
    assert not ABSENT & set(loaded)
    assert imported.startswith("lrp.display") or not [name for name in loaded if name.endswith("ImagePlugin")]


def test_an_lrp_map_of_a_bundled_network_needs_none_of_them() -> None:
    loaded = run("""
        import sys, lrp
        from PIL import Image
        backbone = lrp.load_backbone()
        lrp.explain(backbone, backbone.preprocess(Image.new("RGB", (300, 200))), 0, lrp.EpsilonPlusFlat())
        print(*sys.modules)
    """).split()
    assert "lrp.models.demo" in loaded
    assert not ABSENT & set(loaded)


def test_help_of_the_command_line_loads_none_either() -> None:
    said, _, loaded = run("""
        import runpy, sys
        sys.argv = ["lrp", "--help"]
        try:
            runpy.run_module("lrp", run_name="__main__")
        except SystemExit as end:
            assert end.code == 0
        print("loaded:", *sys.modules)
    """).partition("loaded:")
    assert "explain" in said
    assert "lrp.cli.main" in loaded.split()
    assert not ABSENT & set(loaded.split())


def test_threads_may_be_the_first_to_need_them_at_once() -> None:
    shapes = run("""
        import threading, torch, lrp
        from PIL import Image

        backbone_ready, results = threading.Barrier(6), []

        def work(place):
            backbone_ready.wait()
            network = lrp.load_backbone()
            x = network.preprocess(Image.new("RGB", (90, 70), (place * 40, 20, 60)))
            method = lrp.IntegratedGradients(n_steps=8, tolerance=None) if place % 2 else lrp.Saliency()
            results.append(tuple(lrp.explain(network, x, 0, method).relevance.shape))

        threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(results)
    """)
    assert shapes.strip() == str([(1, 3, 160, 160)] * 6)
