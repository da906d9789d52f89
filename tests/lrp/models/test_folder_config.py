"""What folders of timm and Hugging Face say of pictures and classes, and the links in Hugging Face's cache."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import lrp
from lrp.models.folder_config import said_in_config
from tests.networks import SLIM, random_resnet

PREPROCESSORS = {
    "ConvNeXT's, small": ({"size": {"shortest_edge": 224}, "crop_pct": 0.875}, {"size": 224, "crop_pct": 0.875}),
    "ConvNeXT's, old": ({"size": 224, "crop_pct": 0.875}, {"size": 224, "crop_pct": 0.875}),
    "ConvNeXT's, large": ({"size": {"shortest_edge": 384}}, {"size": 384, "squash": True}),
    "ViT's": ({"size": {"height": 224, "width": 224}}, {"size": 224, "squash": True}),
    "ViT's, not square": ({"size": {"height": 224, "width": 320}}, {"size": [224, 320], "squash": True}),
    "a cut": (
        {"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}},
        {"size": 224, "resize": 256},
    ),
    "not scaled": ({"do_resize": False, "size": 224}, {}),
    "values as they are": ({"do_normalize": False}, {"mean": 0.0, "std": 1.0}),
    "numbers of Pillow": ({"resample": 2, "image_mean": [0.5], "image_std": [0.5]}, {"interpolation": "bilinear", "mean": [0.5]}),
}


@pytest.mark.parametrize("name", PREPROCESSORS)
def test_the_preprocessor_of_transformers_says_how_pictures_are_cut(name: str) -> None:
    config, expected = PREPROCESSORS[name]
    said = said_in_config({}, config)
    assert {key: said[key] for key in expected} == expected
    assert {"size", "resize", "crop_pct", "squash"} & said.keys() == {"size", "resize", "crop_pct", "squash"} & expected.keys()


@pytest.mark.parametrize(
    ("problem", "head"),
    [
        ("multi_label_classification", "sigmoid"), ("regression", "regression"), ("single_label_classification", "softmax"),
        (None, None),
    ],
)
def test_the_problem_of_transformers_is_the_head(problem: str | None, head: str | None) -> None:
    assert said_in_config({"problem_type": problem}, {}).get("head") == head


def test_the_crop_modes_of_timm() -> None:
    pictures = {"input_size": [1, 64, 64], "crop_pct": 0.9, "crop_mode": "squash"}
    assert said_in_config({"pretrained_cfg": pictures}, {}) == {"channels": 1, "size": 64, "squash": True}
    with pytest.raises(ValueError, match="'border', and center and squash are known"):
        said_in_config({"pretrained_cfg": pictures | {"crop_mode": "border"}}, {})


def test_the_links_of_a_cache_are_followed_within_their_repository_only(tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "models--me" / "blobs", tmp_path / "models--me" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    save_file(random_resnet(18, SLIM, 3, torch.float32).state_dict(), blobs / "1f")
    (blobs / "2f").write_text(json.dumps({"id2label": {"0": "a", "1": "b", "2": "c"}}))
    (snapshot / "model.safetensors").symlink_to(Path("../../blobs/1f"))
    (snapshot / "config.json").symlink_to(Path("../../blobs/2f"))
    assert lrp.load_network(snapshot, size=64).categories == ("a", "b", "c")
    (blobs / "1f").rename(tmp_path / "1f")
    (snapshot / "model.safetensors").unlink()
    (snapshot / "model.safetensors").symlink_to(tmp_path / "1f")
    with pytest.raises(lrp.WeightsError, match="a link, not a file"):
        lrp.load_network(snapshot, size=64)


def test_a_folder_without_one_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(lrp.WeightsError, match="a folder with 0 files of weights"):
        lrp.load_network(tmp_path)
    save_file(random_resnet(18, SLIM, 3, torch.float32).state_dict(), tmp_path / "model.safetensors")
    for text, words in (("{", "not JSON"), ("[]", "no JSON object"), ("[" * 100_000, "not JSON")):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(lrp.WeightsError, match=words):
            lrp.load_network(tmp_path)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"weight_map": {"a": "../a.safetensors"}}, "nothing else"), ({"weight_map": ["a"]}, "no index"), ({}, "no index"),
        ({"weight_map": {"a": "none.safetensors"}}, "no such file"),
        ({"weight_map": {"b": "a.safetensors"}}, "its index names b, which is in none of its parts"),
    ],
)  # fmt: skip
def test_an_index_that_leads_elsewhere_is_refused(tmp_path: Path, index: object, words: str) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors")
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    for path in (tmp_path, tmp_path / "model.safetensors.index.json"):
        with pytest.raises(lrp.WeightsError, match=words):
            lrp.load_network(path)
