"""Many explanations in one process: python -m tests.load.explanations --count 500. Its memory must stay flat.

Every picture is new, so that nothing comes from a cache; depth, method, epsilon and class change all the time. Passes if the
memory after the last quarter is that after the second one within 10 %.
"""

import argparse
import gc
import logging
import sys
import time

import numpy as np
import psutil
from PIL import Image

import lrp
from lrp.models.loading import bundled_depths
from pages.parts.frame.album import Picture
from pages.parts.work import compute
from pages.parts.work.job import Job
from pages.parts.work.question import Question
from pages.parts.work.traces import TRACES
from tests.load.crowd_report import DRIFT, drift

METHODS = (
    lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.IntegratedGradients(n_steps=8, tolerance=None), lrp.ZeroEpsilonGammaBox(),
    lrp.EpsilonAlpha2Beta1(), lrp.Saliency(), lrp.GuidedBackprop(), lrp.GradCAM(),
)  # fmt: skip


def explain(number: int) -> None:
    """One answer as the page gets it, the queue included."""
    pixels = np.random.default_rng(number).integers(0, 256, (160, 160, 3), np.uint8)
    picture = Picture(f"picture {number}", Image.fromarray(pixels), "noise", False)
    network = compute.backbone("resnet", bundled_depths()[number % len(bundled_depths())], "demo")
    objective = lrp.Logit(number % len(network.categories))
    question = Question(picture, network, objective, METHODS[number % len(METHODS)])
    while isinstance(answer := compute.answer(question), Job):
        answer.future.result()  # waits, for asking again and again would keep the work from going on
    assert np.isfinite(answer.map).all()


def memory(count: int) -> list[int]:
    """Bytes of this process after each explanation."""
    process, sizes = psutil.Process(), []
    for number in range(count):
        explain(number)
        gc.collect()
        sizes.append(process.memory_info().rss)
    return sizes


def main() -> int:
    parser = argparse.ArgumentParser(description="Many explanations in one process.")
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    for name in ("scriptrunner_utils.script_run_context", "state.session_state_proxy"):  # these miss a page around this
        logging.getLogger(f"streamlit.runtime.{name}").setLevel(logging.ERROR)
    start = time.perf_counter()
    early, late, more = drift(memory(options.count))
    seconds = time.perf_counter() - start
    kept = {store.key: len(store.get().keys()) for store in (compute.RESULTS, TRACES, compute.JOBS)}
    print(f"{options.count} explanations in {seconds:.0f} s; kept: {kept}")
    print(f"memory: {early / 1e6:.0f} MB in the second quarter, {late / 1e6:.0f} MB in the last ({more:+.1%})")
    return int(more > DRIFT)


if __name__ == "__main__":
    sys.exit(main())
