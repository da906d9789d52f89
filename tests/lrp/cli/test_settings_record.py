"""The reader of records that command line and page share; what hostile files hold is tested where strangers bring them."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

import lrp
from lrp.cli.settings_record import NoRecordError, RecordedNetwork, read_record, record_in
from lrp.display.record import comparison_record, network_record
from lrp.region import Region
from tests.lrp.cli.kit import picture
from tests.lrp.cli.test_settings_file import SHOWN
from tests.lrp.cli.test_settings_file import backbone as backbone
from tests.lrp.cli.test_settings_file import folder as folder
from tests.small import NAMES

LOGITS = torch.zeros(len(NAMES))
CROP = {"left": -3, "top": 0, "right": 40, "bottom": 30, "bars": (1, 2, 3)}


def test_all_of_a_record_is_read(backbone: lrp.Backbone) -> None:
    question, methods = lrp.Contrast(2, 4), (lrp.UniformEpsilon(1 / 3), lrp.Saliency())
    other = network_record(backbone, lrp.Logit(1), LOGITS)
    record = comparison_record(
        backbone, ("a.png", "ab" * 32), question, LOGITS, methods, SHOWN, Region(1, 2, 3, 4), (), (None, other), CROP
    )
    said = read_record(record_in(json.dumps(record).encode()), folders=False)
    assert tuple(each.method for each in said.methods) == methods
    assert (said.picture, said.key, said.region, said.crop) == ("a.png", "ab" * 32, Region(1, 2, 3, 4), (-3, 0, 40, 30))
    assert said.network == RecordedNetwork("ResNet-18", "demo", backbone.sha256)
    assert said.networks == (None, said.network)
    assert (said.choice.name, said.choice.target, said.choice.versus) == ("contrast", 2, 4)
    assert (said.class_name, said.versus_name) == (NAMES[2], NAMES[4])
    assert (said.scale, said.photo, said.percentile) == (SHOWN["colours"], SHOWN["photo"], SHOWN["clip"])


def test_a_folder_of_pictures_is_read_where_that_is_allowed(backbone: lrp.Backbone, here: Path) -> None:
    picture(here / "photos" / "a.png")
    kind, name = next(
        (method, each.name) for method in lrp.METHODS.values() for each in fields(method) if each.metadata["pictures"]
    )
    record: Any = comparison_record(backbone, ("Cat", "sample:Cat"), lrp.Logit(1), LOGITS, [kind()], SHOWN)
    record["methods"][0][name] = "photos"
    (allowed,) = read_record(record, folders=True).methods
    assert isinstance(getattr(allowed.method, name), lrp.PictureSet)
    (left,) = read_record(record, folders=False).methods
    assert (left.method, left.pictures) == (kind(), "photos")


def test_what_is_no_record_is_told_from_a_value_that_cannot_be(backbone: lrp.Backbone) -> None:
    record: Any = comparison_record(backbone, ("Cat", "sample:Cat"), lrp.Logit(1), LOGITS, [lrp.EpsilonPlus()], SHOWN)
    with pytest.raises(NoRecordError):
        read_record({key: value for key, value in record.items() if key != "network"}, folders=True)
    with pytest.raises(NoRecordError):
        read_record(record | {"display": SHOWN | {"photo": 10**400}}, folders=True)
    with pytest.raises(ValueError, match="objective must be one of") as error:
        read_record(record | {"objective": "why"}, folders=True)
    assert not isinstance(error.value, NoRecordError)
