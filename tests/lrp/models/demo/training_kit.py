"""What the tests of training share: three classes of photos, and the arguments of a short run."""

from pathlib import Path

EPOCHS = 4
CLASSES = {"Blue_sky": (40, 90, 230), "lawn": (60, 180, 40), "Mars": (220, 90, 30)}


def command(photos: Path, out: Path, *more: str) -> list[str]:
    widths = ["--widths", "8", "8", "16", "16"]
    return ["--depth", "18", "--data", str(photos), "--out", str(out), "--epochs", str(EPOCHS), "--rate", "0.05", *widths, *more]
