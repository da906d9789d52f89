"""Trains a demo network: python -m lrp.models.demo.train --depth 18 --data DIR, with the photos in DIR/train and DIR/val.

A checkpoint is written after every epoch; --resume continues from it on the same schedule. The recipe is described in
lrp/models/demo/README.md.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from lrp.models.architectures.resnet import build_resnet
from lrp.models.demo.growing import grow, zero_one_branch
from lrp.models.demo.photos import MEAN, SIZE, STD, augment, cutmix, load_photos, normalize
from lrp.models.weights import build, read_safetensors

WIDTHS = {**dict.fromkeys((18, 34), (32, 64, 128, 256)), **dict.fromkeys((50, 101, 152), (24, 48, 96, 192))}
SIZE_SCHEDULE = ((0.4, 96), (0.65, 112), (0.9, 128), (1.0, 144))  # (up to this share of the epochs, input size in pixels)
BATCH = 64


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains the network that the command line `arguments` describe."""
    options = _options(arguments)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    photos, labels, categories = load_photos(options.data / "train")
    model = build_resnet(options.depth, options.widths or WIDTHS[options.depth], len(categories))
    zero_one_branch(model)
    if options.grow_from:
        grow(model, load_file(options.grow_from))
    teacher = build(read_safetensors(options.teacher), options.teacher.name).to(device) if options.teacher else None
    run = Run(model.to(device), options.epochs, max(1, len(photos) // BATCH), options.rate, teacher, options.size)
    checkpoint = options.out / f"resnet{options.depth}.pt"
    options.out.mkdir(parents=True, exist_ok=True)
    if options.resume and checkpoint.exists():
        run.load(torch.load(checkpoint, map_location=device, weights_only=True))
    validation = load_photos(options.data / "val")[:2]
    while run.epoch < run.epochs:
        started = time.perf_counter()
        loss = run.train_epoch(photos, labels)
        _save_atomically(checkpoint, run.state())
        line = f"epoch {run.epoch}/{run.epochs}  loss {loss:.3f}  {time.perf_counter() - started:.0f} s"
        if run.epoch % 5 == 0 or run.epoch == run.epochs:
            line += f"  top-1 {accuracy(run.average.module, *validation):.2%}"
            export(run.average.module, options.out / f"resnet{options.depth}.safetensors", options.depth, categories)
        print(line, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m lrp.models.demo.train", description="Train a demo network.")
    parser.add_argument("--depth", type=int, choices=sorted(WIDTHS), default=18)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/<class>/ and val/<class>/")
    parser.add_argument("--out", type=Path, default=Path("checkpoints"), help="where checkpoints and weights are written")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--size", type=int, help="pixels of a picture's side all along, instead of growing ones")
    parser.add_argument("--widths", type=int, nargs=4, help="channels of the four stages")
    parser.add_argument("--rate", type=float, default=0.2, help="peak of the one-cycle learning rate")
    parser.add_argument("--grow-from", type=Path, help="weights of a shallower network of the same widths to start from")
    parser.add_argument("--teacher", type=Path, help="weights of a trained network whose answers are learned beside the labels")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return parser.parse_args(arguments)


class Run:
    """A training run with all state that changes from step to step, so that it can be saved and resumed."""

    def __init__(
        self, model: nn.Module, epochs: int, batches: int, rate: float, teacher: nn.Module | None = None,
        size: int | None = None,
    ) -> None:  # fmt: skip
        self.teacher, self.size = teacher, size
        self.memory_format = _memory_format(model)
        self.model = model.to(memory_format=self.memory_format)  # type: ignore[call-overload]
        averaged = get_ema_multi_avg_fn(0.998)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.model, multi_avg_fn=averaged, use_buffers=True)
        self.epoch, self.epochs, self.batches = 0, epochs, batches
        self.optimizer = torch.optim.SGD(_parameter_groups(model), lr=rate, momentum=0.9, nesterov=True)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, rate, total_steps=epochs * batches, pct_start=0.2, cycle_momentum=False, final_div_factor=1e3
        )

    def train_epoch(self, photos: Tensor, labels: Tensor) -> float:
        """Trains one epoch and returns the mean loss."""
        size = self.size or next(pixels for share, pixels in SIZE_SCHEDULE if self.epoch < share * self.epochs)
        self.model.train()
        total = 0.0
        batches = tqdm(self._batches(len(photos)), f"epoch {self.epoch + 1}", self.batches, leave=False, disable=None)
        for chosen in batches:
            total += self._step(photos[chosen], labels[chosen], size)
        self.epoch += 1
        return total / self.batches

    def _batches(self, count: int) -> Iterator[Tensor]:
        """Random indices of photos, a batch at a time."""
        return iter(torch.split(torch.randperm(count)[: self.batches * BATCH], BATCH))

    def _step(self, photos: Tensor, labels: Tensor, size: int) -> float:
        """One optimizer step on a batch; returns its loss."""
        device = next(self.model.parameters()).device
        views, labels = augment(photos.to(device), size), labels.to(device)
        others, share = labels, 1.0
        if float(torch.rand(())) < 0.3:
            views, others, share = cutmix(views, labels)
        views = views.contiguous(memory_format=self.memory_format)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=_has_fast_bfloat16(device)):
            logits = self.model(views).float()
        loss = share * F.cross_entropy(logits, labels, label_smoothing=0.1)
        if share < 1:
            loss = loss + (1 - share) * F.cross_entropy(logits, others, label_smoothing=0.1)
        if self.teacher is not None:
            loss = (loss + F.cross_entropy(logits, self._teacher_probabilities(views))) / 2
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return loss.item()

    def _teacher_probabilities(self, views: Tensor) -> Tensor:
        """The teacher's probabilities for the same views that the student sees  [Beyer et al. 2022]."""
        assert self.teacher is not None
        with torch.no_grad(), torch.autocast(views.device.type, torch.bfloat16, _has_fast_bfloat16(views.device)):
            probabilities: Tensor = self.teacher(views).float().softmax(1)
            return probabilities

    def state(self) -> dict[str, Any]:
        """Returns everything that a resumed run needs to take the same steps."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "average", "optimizer", "schedule")}
        return {**parts, "epoch": self.epoch, "random": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}

    def load(self, state: dict[str, Any]) -> None:
        """Restores `state`. Raises ValueError if it is from a run of another length, whose schedule differs."""
        steps = state["schedule"]["total_steps"]
        if steps != self.epochs * self.batches:
            raise ValueError(f"the checkpoint is of a run of {steps // self.batches} epochs, got --epochs {self.epochs}")
        for name in ("model", "average", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch = state["epoch"]
        torch.set_rng_state(state["random"].cpu())
        torch.cuda.set_rng_state_all([random.cpu() for random in state["cuda"]])


def _memory_format(model: nn.Module) -> torch.memory_format:
    """channels_last, which is faster, unless a strided 1x1 convolution has fewer than 8 input channels.

    In channels_last, oneDNN's AVX2 code for the weight gradient of such a convolution (torch 2.13) writes past its memory or
    never returns. With 8 channels or more, or in contiguous memory, it is right.
    """
    narrow = any(
        isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.stride != (1, 1) and layer.in_channels < 8
        for layer in model.modules()
    )
    return torch.contiguous_format if narrow else torch.channels_last


def _parameter_groups(model: nn.Module) -> list[dict[str, object]]:
    """Parameter groups by weight decay: matrices; scales of shortcuts that change the size (see `zero_one_branch`); others."""
    decays: dict[float, list[nn.Parameter]] = {5e-4: [], 5e-3: [], 0.0: []}
    for name, parameter in model.named_parameters():
        decays[5e-4 if parameter.dim() > 1 else 5e-3 if name.endswith("downsample.1.weight") else 0.0].append(parameter)
    return [{"params": parameters, "weight_decay": decay} for decay, parameters in decays.items()]


def accuracy(model: nn.Module, photos: Tensor, labels: Tensor) -> float:
    """Returns the top-1 accuracy on photos, uint8 (N, 3, 160, 160), with labels (N,)."""
    model.eval()
    device = next(model.parameters()).device
    with torch.inference_mode():
        guesses = [model(normalize(part.to(device))).argmax(1).cpu() for part in torch.split(photos, 256)]
    return (torch.cat(guesses) == labels).float().mean().item()


def export(model: nn.Module, path: Path, depth: int, categories: tuple[str, ...]) -> None:
    """Writes the weights as float16 safetensors, with the metadata that `load_backbone` needs."""
    weights = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    weights = {name: value.contiguous().cpu() for name, value in weights.items()}
    metadata = {"depth": depth, "categories": categories, "size": SIZE, "mean": MEAN, "std": STD}
    part = path.with_suffix(".part")
    save_file(weights, part, {key: json.dumps(value) for key, value in metadata.items()})
    part.chmod(0o644)
    part.replace(path)


def _has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 natively."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def _save_atomically(path: Path, state: dict[str, object]) -> None:
    """Saves a checkpoint so that a kill in the middle leaves the previous one whole."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


if __name__ == "__main__":
    main()
