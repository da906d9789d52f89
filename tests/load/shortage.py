"""A ResNet-152 in large pictures, with less memory than it needs: python -m tests.load.shortage

Each try is the app in a process of its own that gets so many bytes beyond what it has and no more, so that a real allocation
fails: while the weights are loaded, on the way forward, or on the way back. Passes if each try ends in the sentence, or in an
answer where the memory was enough, and the next question is served.

Torch's convolutions do not look at every pointer that they are given: sometimes what fails first is one of those, and the system
ends the process. Then it is started again, as whatever watches over a server does, and has to serve the next question.
"""

import argparse
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image
from safetensors.torch import save_file

import lrp
from lrp import demo
from tests.networks import FULL, SLIM, random_resnet
from tests.visitor import ROOT, Visitor

FAST = {"c": lrp.EpsilonPlus.label}
# Threads of libraries cannot be refused politely either: where there is no memory for their stack, the process ends.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MEGABYTES = (200, 400, 800, 1200, 1700, 2500, 4000)
SENTENCE = "needs more memory than is free now"
SIDE = {"full": 640, "slim": 1024}  # pixels of the network's input


def write(folder: Path, width: str) -> Path:
    """A ResNet-152 with random weights, in a file as the bundled networks are."""
    model = random_resnet(152, FULL if width == "full" else SLIM, 11, torch.float32)
    described = {"depth": 152, "categories": [f"class {i}" for i in range(11)], "size": SIDE[width], "mean": [0.5] * 3,
                 "std": [0.25] * 3}  # fmt: skip
    path = folder / "resnet152.safetensors"
    save_file(model.state_dict(), path, {key: json.dumps(value) for key, value in described.items()})
    return path


def attempt(path: Path, megabytes: int) -> dict[str, Any]:
    """What a process of its own tells of a visit with so much memory to spare."""
    command = [sys.executable, "-m", "tests.load.shortage", "--path", str(path), "--spare", str(megabytes)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGSEGV:
        return {"spare": megabytes, "ended": "restarted", "kept": True, "served": is_served(Visitor(FAST), [])}
    if done.returncode:
        return {"spare": megabytes, "ended": f"status {done.returncode}: {done.stderr[-2000:]}", "kept": False, "served": False}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def visit(path: Path, megabytes: int) -> dict[str, Any]:
    """A visitor asks for the ResNet-152 in this process, whose memory is bounded from then on, and then for something else."""
    files = {depth: demo.FOLDER / f"resnet{depth}.safetensors" for depth in demo.SHA256 if depth != 152}
    visitor = Visitor(FAST)
    visitor.upload(_huge(path.with_name("huge.png")))
    before = visitor.data
    for depth, file in files.items():
        path.with_name(f"resnet{depth}.safetensors").symlink_to(file)
    demo.FOLDER, demo.SHA256 = path.parent, demo.SHA256 | {152: hashlib.sha256(path.read_bytes()).hexdigest()}
    limit = psutil.Process().memory_info().vms + megabytes * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    visitor.put(depth="152").wait()
    told = [sentence for sentence in visitor.sentences if SENTENCE in sentence]
    ended = "told" if told else "answered" if "ResNet-152" in visitor.headline and not visitor.sentences else visitor.sentences
    kept = visitor.data == before or "ResNet-152" in visitor.headline
    return {"spare": megabytes, "ended": ended, "said": told, "kept": kept, "served": is_served(visitor, before)}


def is_served(visitor: Visitor, before: list[Any]) -> bool:
    """Whether another question is answered, with other maps than before."""
    visitor.put(depth="18", sample="Temple").put(b=lrp.IntegratedGradients.name).wait()
    return not visitor.sentences and len(visitor.maps) == 3 and visitor.data[:2] != before[:2]


def _huge(path: Path) -> bytes:
    """As many pixels as are taken."""
    Image.fromarray(np.tile(np.arange(8000) % 256, (5000, 1)).astype(np.uint8)).save(path, compress_level=1)
    return path.read_bytes()


def tries(width: str, megabytes: tuple[int, ...]) -> list[dict[str, Any]]:
    """What became of each try."""
    found = []
    for spare in megabytes:
        with tempfile.TemporaryDirectory() as folder:
            found.append(attempt(write(Path(folder), width), spare))
    return found


def passes(found: list[dict[str, Any]]) -> bool:
    """Whether each try ended well, and one at least because a real allocation failed."""
    good = all(one["ended"] in ("told", "answered", "restarted") and one["kept"] and one["served"] for one in found)
    return good and any(one["ended"] == "told" for one in found)


def main() -> int:
    parser = argparse.ArgumentParser(description="A ResNet-152 with too little memory.")
    parser.add_argument("--width", choices=SIDE, default="full")
    parser.add_argument("--path", type=Path, help="the file, in the process that tries")
    parser.add_argument("--spare", type=int, help="megabytes, in the process that tries")
    options = parser.parse_args()
    if options.path:
        print(json.dumps(visit(options.path, options.spare)))
        return 0
    found = tries(options.width, MEGABYTES)
    print(*found, sep="\n")
    return int(not passes(found))


if __name__ == "__main__":
    sys.exit(main())
