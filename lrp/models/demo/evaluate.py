"""Measures the accuracy of the bundled networks: python -m lrp.models.demo.evaluate --data DIR, with photos in DIR/val."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from sklearn.metrics import confusion_matrix
from torch import Tensor

from lrp.models.backbone import Backbone
from lrp.models.demo.photos import load_photos
from lrp.models.loading import bundled_depths, load_backbone


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table of accuracies for the command line `arguments`."""
    options = _options(arguments)
    photos, labels, categories = load_photos(options.data / "val")
    counts = {}
    for depth in [options.depth] if options.depth else bundled_depths():
        backbone = load_backbone(depth, options.weights)
        if backbone.categories != categories:
            raise SystemExit(f"{options.data} has the classes {', '.join(categories)}; the network has others")
        counts[depth] = confusion_counts(backbone, photos, labels)
    print(accuracy_table(counts, categories))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m lrp.models.demo.evaluate", description="Measure the bundled networks.")
    parser.add_argument("--data", type=Path, required=True, help="folder with val/<class>/")
    parser.add_argument("--depth", type=int, help="measure this depth only")
    parser.add_argument("--weights", default="demo", help="measure this .safetensors file of that depth")
    return parser.parse_args(arguments)


def confusion_counts(backbone: Backbone, photos: Tensor, labels: Tensor) -> Tensor:
    """Returns the confusion matrix (K, K) of counts, true class by predicted class, for uint8 photos (N, 3, H, W)."""
    classes = len(backbone.categories)
    with torch.inference_mode():
        inputs = ((part.float() / 255 - backbone.mean) / backbone.std for part in torch.split(photos, 256))
        guesses = torch.cat([backbone.model(x).argmax(1) for x in inputs])
    return torch.from_numpy(confusion_matrix(labels, guesses, labels=range(classes)))


def accuracy_table(counts: dict[int, Tensor], categories: tuple[str, ...]) -> str:
    """Returns top-1 accuracy per class and depth in per cent as a Markdown table, and each depth's worst confusion below it."""
    some = next(iter(counts.values()))
    rows = [("class", "photos", *(f"ResNet-{depth}" for depth in counts))]
    for index, name in enumerate(categories):
        rows.append((name, f"{some[index].sum()}", *(_percent(n[index, index], n[index].sum()) for n in counts.values())))
    rows.append(("all", f"{some.sum()}", *(_percent(n.trace(), n.sum()) for n in counts.values())))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ("-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])))
    lines = [f"| {' | '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])} |" for row in rows]
    return "\n".join([*lines, "", *(f"ResNet-{depth}: {_worst(n, categories)}" for depth, n in counts.items())])


def _percent(part: Tensor, whole: Tensor) -> str:
    """The share of a count in per cent, with one decimal."""
    return f"{100 * part.item() / max(1, whole.item()):.1f}"


def _worst(counts: Tensor, categories: tuple[str, ...]) -> str:
    """A sentence on the most frequent confusion."""
    wrong = counts - counts.diag().diag()
    true, guess = divmod(int(wrong.argmax()), len(categories))
    share = _percent(wrong[true, guess], counts[true].sum())
    return f"{categories[true]} was most often taken for {categories[guess]}, {share} % of its photos."


if __name__ == "__main__":
    main()
