"""The config.json of timm's exports: settings that change the network are refused by name, the rest are read."""

import json
from pathlib import Path

import pytest

import lrp
from lrp.models.timm_config import said_in_timm
from tests.lrp.models.kit import assert_same_logits, saved
from tests.lrp.models.live_models import live
from tests.pictures import picture

USUAL = {
    "architecture": "resnet18", "num_classes": 3, "num_features": 512, "global_pool": "avg",
    "model_args": {"num_classes": 3, "global_pool": "avg", "in_chans": 3, "act_layer": "relu", "drop_rate": 0.2},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"global_pool": "max"}, "global_pool = 'max', and only 'avg' is read here; give the live module to lrp.Backbone.of"),
        ({"model_args": {"global_pool": "catavgmax"}}, "global_pool = 'catavgmax'"),
        ({"model_args": {"act_layer": "silu"}}, "act_layer = 'silu', and only 'relu'"),
        ({"architecture": "mobilenetv2_100", "model_args": {"act_layer": "relu"}}, "act_layer = 'relu', and such a network"),
        ({"model_args": {"output_stride": 8}}, "output_stride = 8, and only 32"),
        ({"model_args": {"features_only": True}}, "features_only = True, and only False"),
        ({"model_args": {"aa_layer": "blurpool"}}, "aa_layer = 'blurpool', and such a network is not read"),
        ({"model_args": {"some_new_way": 1}}, r"some_new_way = 1, and such a network is not read from files; .*Backbone\.of"),
        ({"model_args": [1]}, r"model_args = \[1\]"), ({"out_indices": [1]}, "the entry 'out_indices'"),
    ],
)  # fmt: skip
def test_what_changes_the_network_is_refused_by_name(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        said_in_timm(USUAL | changed, {})


def test_what_changes_its_pictures_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'crop_border_pixels' in its pretrained_cfg"):
        said_in_timm(USUAL, {"crop_border_pixels": 4})


def test_what_training_alone_uses_is_passed_over() -> None:
    assert said_in_timm(USUAL, {"crop_pct": 0.9}) == {"architecture": "resnet18", "classes": 3, "channels": 3, "crop_pct": 0.9}


def test_a_folder_whose_number_of_classes_or_names_contradicts_its_weights_is_refused(tmp_path: Path) -> None:
    model, _, _ = live("ResNet-18")
    saved(model, tmp_path / "model.safetensors")
    pictures = {"input_size": [3, 64, 64]}
    for config, words in (
        ({"num_classes": 7}, "said to have 7 classes, and its last layer has 3"),
        ({"label_names": {"0": "a", "1": "b", "5": "c"}}, "its class names cannot be used: .* and one is 5"),
    ):
        (tmp_path / "config.json").write_text(json.dumps({"pretrained_cfg": pictures, **config}))
        with pytest.raises(lrp.WeightsError, match=words):
            lrp.load_network(tmp_path)
    assert lrp.load_network(tmp_path, categories=["a", "b", "c"]).categories == ("a", "b", "c")
    (tmp_path / "config.json").write_text('{"num_classes": 3, "num_classes": 7}')
    with pytest.raises(lrp.WeightsError, match=r"its config\.json has 'num_classes' twice"):
        lrp.load_network(tmp_path)
    older = {"num_classes": 3, "label_names": {"0": "a", "1": "b", "2": "c"}, **pictures}
    (tmp_path / "config.json").write_text(json.dumps(older))
    backbone = lrp.load_network(tmp_path)
    assert (backbone.categories, backbone.size) == (("a", "b", "c"), 64)
    assert_same_logits(backbone, model, picture(90, 70))
