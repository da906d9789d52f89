"""Trains a demo network: python -m lrp.models.demo.train --depth 18 --data DIR, with the photos in DIR/train and DIR/val.

A checkpoint is written after every epoch; --resume continues from it on the same schedule. The recipe is described in
lrp/models/demo/README.md.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lrp.models.architectures.resnet import build_resnet
from lrp.models.demo import training_run
from lrp.models.demo.growing import grow, zero_one_branch
from lrp.models.demo.photos import MEAN, SIZE, STD, load_photos, normalize_photos
from lrp.models.weights import build, read_safetensors

WIDTHS = {**dict.fromkeys((18, 34), (32, 64, 128, 256)), **dict.fromkeys((50, 101, 152), (24, 48, 96, 192))}


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
    batches = max(1, len(photos) // training_run.BATCH)
    run = training_run.TrainingRun(model.to(device), options.epochs, batches, options.rate, teacher, options.size)
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


def accuracy(model: nn.Module, photos: Tensor, labels: Tensor) -> float:
    """Returns the top-1 accuracy on photos, uint8 (N, 3, 160, 160), with labels (N,)."""
    model.eval()
    device = next(model.parameters()).device
    with torch.inference_mode():
        guesses = [model(normalize_photos(part.to(device))).argmax(1).cpu() for part in torch.split(photos, 256)]
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


def _save_atomically(path: Path, state: dict[str, object]) -> None:
    """Saves a checkpoint so that a kill in the middle leaves the previous one whole."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


if __name__ == "__main__":
    main()
