"""Photos to train on: how they are read, and the views of them that a network in training sees."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from lrp.models.demo.photos import augment, cutmix, load_photos


def test_photos_keep_their_classes_and_are_squares(tmp_path: Path) -> None:
    for name in ("Zebra", "apple_tree"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (320, 200), "red" if name == "Zebra" else "green").save(tmp_path / name / "1.jpg")
    (tmp_path / "Zebra" / "notes.txt").write_text("no photo")
    photos, labels, categories = load_photos(tmp_path)
    assert (photos.shape, photos.dtype) == ((2, 3, 160, 160), torch.uint8)
    assert (labels.tolist(), categories) == ([0, 1], ("apple tree", "Zebra"))
    assert photos[1, 0].float().mean() > 250
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no photos in"):
        load_photos(tmp_path / "empty")


def test_augmented_views_show_the_photo() -> None:
    torch.manual_seed(0)
    plain = torch.full((16, 3, 160, 160), 128, dtype=torch.uint8)
    views = augment(plain, 96)
    assert views.shape == (16, 3, 96, 96)
    assert views.std(dim=(2, 3)).max() < 1e-4  # one colour stays one colour, whatever the crop, tilt and light
    halves = plain.clone()
    halves[..., 80:] = 255
    left = augment(halves, 96)[..., :8].mean((1, 2, 3))
    assert left.max() - left.min() > 1  # some were flipped


def test_a_mixed_view_takes_its_share_from_another() -> None:
    torch.manual_seed(0)
    views, labels = torch.arange(8.0).view(8, 1, 1, 1).expand(8, 3, 96, 96), torch.arange(8)
    for _ in range(5):
        mixed, others, share = cutmix(views, labels)
        own = (mixed == views).flatten(1).float().mean(1)
        assert torch.allclose(own[others != labels], torch.tensor(share), atol=1e-6)
        assert torch.equal(mixed.amax((1, 2, 3)), torch.maximum(labels, others).float()) or share in (0, 1)
