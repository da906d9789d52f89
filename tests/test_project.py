"""What holds for the project as a whole: style, types, the direction of imports, and what a stranger is told."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lrp

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

# Each module may import those above it in this list, never those below.
HOUSE = (
    "addresses", "guarded", "boxes", "tiff", "file_kinds", "complaints", "colours", "rgb", "images", "decoder",
    "isolated", "fetch", "parameters", "torchvision_import", "convolution",
    "kinds", "layers", "kernel", "renormalization", "batch_norm", "padding", "builders", "spelling", "arithmetic",
    "bounds", "activations", "pooling", "moves", "operations", "constants", "refusals", "weighted_sums", "einsum",
    "calls", "aliases", "rewriting", "tracer", "reader", "tracing", "precision", "model_checks", "pixel_bounds",
    "verification", "network", "probability", "targets", "inputs",
    "objectives", "rules", "pixels", "structure", "attribution", "forward",
    "propagation", "absorption", "account",
    "composites", "family", "presets", "baselines", "explained", "backward", "gradients", "averaged", "sensitivity",
    "backprop", "gradcam", "occlusion", "methods", "heatmap",
    "regions", "sheet", "metrics.agreement",
    "metrics.copies", "metrics.perturbation", "metrics.faithfulness", "metrics.localisation", "metrics.statistics",
    "metrics.sanity", "metrics.sentences", "metrics.report", "metrics.__init__", "resnet", "vgg", "header", "description",
    "weights", "download", "backbones", "record", "export", "files", "checkpoint", "convert", "batch", "options", "survey",
    "arguments", "__main__",
)  # fmt: skip


def run(*command: str) -> None:
    result = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_style_is_clean():
    run("ruff", "check", "--no-cache", ".")


def test_the_types_hold():
    run("mypy", f"--cache-dir={os.devnull}")


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("module", HOUSE)
def test_imports_of_the_engine_point_one_way(module):
    below = {f"lrp.{name}" for name in HOUSE[HOUSE.index(module) + 1 :]}
    assert not imports_of(ROOT / "lrp" / f"{module.replace('.', '/')}.py") & below


def test_the_engine_never_imports_the_pages_or_streamlit():
    for path in (ROOT / "lrp").rglob("*.py"):
        assert not {name.partition(".")[0] for name in imports_of(path)} & {"streamlit", "pages", "app", "tests"}, path


def test_every_public_name_has_a_docstring():
    for name in lrp.__all__:
        assert name == "METHODS" or (getattr(lrp, name).__doc__ or "").strip(), name


def test_every_setting_of_every_method_describes_itself():
    from dataclasses import MISSING, fields

    for slug, method in lrp.METHODS.items():
        assert slug == method.name
        assert method.label
        assert method.summary.endswith(".")
        for setting in fields(method):
            assert setting.default is not MISSING
            assert setting.metadata["label"]
            assert setting.metadata["help"].endswith(".")
            assert setting.metadata["range"] or setting.metadata["options"] or isinstance(setting.default, bool)


def test_requirements_are_pinned_exactly():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            requirement = line.partition("#")[0].strip()
            assert requirement.startswith("-r ") or "==" in requirement, line
