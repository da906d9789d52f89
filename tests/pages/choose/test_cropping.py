"""The crop that is chosen is what the network sees, goes with its picture and its link, and is said."""

import base64
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

import lrp
from lrp.cli.settings_file import read_settings_file
from pages.parts.choose.cropping import PREVIEW, cropped, mean_colour, with_crop_framed
from pages.parts.frame.album import Picture
from pages.parts.frame.crop import Crop
from pages.parts.say.picture_words import seen_note, share_seen
from tests.pages.helpers import DEFAULTS, FAST_LINK, assert_shows, ending, expected, file_of, photo, stripes
from tests.visitor import Visitor

CAT = Picture("sample:Cat", photo(), "Cat", True)


def control(visitor: Visitor, name: str) -> str:
    """The key of the control of the picture on show."""
    (key,) = (key for key in visitor.controls if key.startswith(f"crop {name} "))
    return key


def cut_off(visitor: Visitor) -> list[str]:
    """What the page says of what is cut off, each the first sentence."""
    return [note.value.partition(" Give")[0] for note in visitor.at.info if "cut off" in note.value]


def test_the_framed_picture_comes_with_the_page(small: None) -> None:
    # No file of the server's, which may have gone before it is fetched.
    (image,) = (node for node in Visitor(FAST_LINK).at.sidebar if node.type == "image")
    shown = Image.open(BytesIO(base64.b64decode(image.proto.imgs[0].url.removeprefix("data:image/jpeg;base64,"), validate=True)))
    assert shown.size == ImageOps.contain(photo(), (PREVIEW, PREVIEW)).size


@pytest.mark.parametrize("crop", [Crop(), Crop(0, 0, 40), Crop(80, 95, 73), Crop(whole=True)])
@pytest.mark.parametrize(("margin", "shape"), [(0, None), (32, None), (20, (96, 192))])
def test_the_network_sees_what_is_framed(crop: Crop, margin: int, shape: tuple[int, int] | None) -> None:
    network = replace(lrp.load_backbone(), margin=margin, shape=shape)
    height, width = shape or (network.size, network.size)
    given = cropped(CAT, crop, network)
    assert given.part_seen(network) == pytest.approx(crop.place(CAT.size, width / height), abs=2)
    assert given.image.size == given.size
    assert (given.uncropped, given.fingerprint, given.shared) == (CAT, "", True)
    assert given.key.startswith(CAT.key)
    if crop.whole:
        assert share_seen(CAT.size, given.part_seen(network)) > 0.98
        assert "all of your picture" in seen_note(given, network)
        x = network.preprocess(given.image)
        bars = x[..., :3] if shape else x[..., :3, :]  # beside the picture, or above it
        assert float(bars.abs().max()) < 0.02  # the network's mean, which becomes 0


def test_a_network_that_takes_all_of_a_picture_is_given_what_is_framed_and_no_margin() -> None:
    network = replace(lrp.load_backbone(), margin=32, squash=True)
    given = cropped(CAT, Crop(20, 30, 50), network)
    assert given.part_seen(network) == pytest.approx(Crop(20, 30, 50).place(CAT.size, 1.0), abs=1)


def test_no_crop_is_the_picture_itself_and_each_crop_has_a_key_of_its_own() -> None:
    network = lrp.load_backbone()
    assert cropped(CAT, None, network) is CAT
    kinds = (None, Crop(), Crop(49), Crop(50, 50, 99), Crop(whole=True))
    assert len({cropped(CAT, crop, network).key for crop in kinds}) == len(kinds)
    grey = replace(network, mean=torch.full((1, 1, 1, 1), 0.5))
    assert mean_colour(grey) == (128, 128, 128)


def test_the_frame_is_drawn_where_the_network_looks() -> None:
    white = Image.new("RGB", (400, 200), (40, 90, 140))
    shown = np.asarray(with_crop_framed(white, (100.0, 0.0, 300.0, 200.0)))
    assert shown.shape == (240, 480, 3)
    assert (shown[120, 240] == (40, 90, 140)).all()
    assert (shown[120, [50, 430]] > (120, 120, 120)).all()  # pale
    assert (shown[120, [120, 359]] == 0).all()  # the frame


def test_a_part_is_explained_kept_and_carried_and_the_centre_leaves_no_trace(
    small: None, files: dict[str, Callable[[], bytes]], tmp_path: Path
) -> None:
    plain = Visitor(FAST_LINK).wait()
    assert plain.value(control(plain, "kind")) == "Centre"
    assert "crop" not in plain.at.query_params
    part = Visitor({**FAST_LINK, "crop": "20,50,60"}).wait()
    assert not part.at.info
    network = lrp.load_backbone()
    given = cropped(CAT, Crop(20, 50, 60), network)
    assert_shows(part.maps[0], expected(given.image, network, DEFAULTS["a"]))
    assert part.data != plain.data
    assert "the part of your picture that you chose" in part.words
    settings = tmp_path / "settings.json"
    settings.write_bytes(ending(files, ".json"))
    with pytest.raises(ValueError, match="explains a part of a picture"):  # for a command would take the whole
        read_settings_file(str(settings))
    assert part.open_fold("reproduce").at.code
    assert all("cat_resnet-18_dog.part.png" in block.value for block in part.at.code)
    saved = lrp.decode_image(ending(files, ".part.png"))
    assert (np.asarray(saved) == np.asarray(given.image)).all()
    part.put({control(part, "kind"): "Centre"}).wait()
    assert part.data == plain.data
    assert "crop" not in part.at.query_params
    assert '"crop"' not in ending(files, ".json").decode()
    part.put({control(part, "kind"): "Part"})
    assert part.at.query_params["crop"] == "20,50,60"  # as it was before the centre
    part.at.switch_page("pages/layers.py")
    part.run()
    assert part.at.query_params["crop"] == "20,50,60"
    assert part.value(control(part, "across")) == 20


def test_a_panorama_is_not_cut_in_silence_and_each_picture_keeps_its_crop(small: None) -> None:
    visitor = Visitor(FAST_LINK).upload(file_of(stripes(200, 60)), "wide.png").wait()
    assert cut_off(visitor) == ["The network sees **30%** of this picture: what lies left and right is cut off."]
    visitor.press("Give it the whole picture").wait()
    assert cut_off(visitor) == []
    assert visitor.at.query_params["crop"] == "whole"
    network = lrp.load_backbone()
    given = cropped(Picture("wide", stripes(200, 60), "wide", False), Crop(whole=True), network)
    assert_shows(visitor.maps[0], expected(given.image, network, DEFAULTS["a"]))
    visitor.upload(file_of(stripes(60, 90)), "other.png")
    assert "crop" not in visitor.at.query_params
    visitor.at.button(key="tray 1").click()
    visitor.wait()
    assert visitor.at.query_params["crop"] == "whole"


@pytest.mark.parametrize("asked", ["everything", "50,50,5"])
def test_a_crop_that_cannot_be_is_said(small: None, asked: str) -> None:
    visitor = Visitor({**FAST_LINK, "crop": asked}).wait()
    (note,) = visitor.at.info
    assert "the crop of the picture" in note.value
    assert "**none** is shown" in note.value
    assert "crop" not in visitor.at.query_params
