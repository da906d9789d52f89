"""The page that searches for the best settings: it says what is missing, runs on a press, and shows what the engine finds."""

import io
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp.metrics.search_plan import split_pictures
from lrp.metrics.search_result import SearchResult
from lrp.metrics.settings_search import SettingsSearch, search_settings
from pages.parts.choose.samples import SAMPLES
from pages.parts.settings.search_charts import candidate_label, search_figure, search_figure_alt, search_table
from pages.parts.settings.search_words import counts_sentence, too_few_classes
from tests.lrp.cli.kit import picture
from tests.small import Reader, small, small_folder  # noqa: F401
from tests.work_queue import held_queue

pytestmark = pytest.mark.usefixtures("small")
QUICK = {"s_candidates": "6", "s_shifts": "1"}
COUNT = 11


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eleven pictures in the folder that the operator has named."""
    for seed in range(COUNT):
        picture(tmp_path / "photos" / f"{seed:02}.png", seed)
    monkeypatch.setenv("LRP_SEARCH_FOLDER", str(tmp_path / "photos"))
    return tmp_path / "photos"


def by_the_engine(photos: Path, measure: str = "faithfulness") -> SearchResult:
    backbone = lrp.load_backbone(18)
    x = torch.cat([backbone.preprocess(lrp.decode_image(file.read_bytes())) for file in sorted(photos.iterdir())])
    return search_settings(backbone, x, SettingsSearch(measure, 6, (1,)))


def upload(reader: Reader, files: Sequence[tuple[str, bytes]]) -> Reader:
    control = next(each for each in reader.at.file_uploader if each.label == "Add pictures for the search")
    control.set_value([(name, data, "image/png") for name, data in files])
    return reader.run()


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def start_button(reader: Reader) -> object:
    return next(button for button in reader.at.button if button.key == "start search")


def test_with_the_samples_alone_it_says_how_many_more_are_needed() -> None:
    reader = Reader("settings")
    assert len(SAMPLES) == 6
    assert "**6 of the 10 pictures**" in reader.words
    assert "**Bring 4 more.**" in reader.words
    assert start_button(reader).disabled  # type: ignore[attr-defined]
    assert reader.progress == []


def test_a_press_searches_the_folder_and_shows_what_the_engine_finds(photos: Path) -> None:
    reader = Reader("settings", QUICK)
    assert f"**{COUNT} pictures**: 5 to search with, and 6 held out" in reader.words
    assert start_button(reader).label.startswith("Search: about ")  # type: ignore[attr-defined]
    reader.press("Search").settle()
    expected = by_the_engine(photos)
    assert f"**{expected.sentence}**" in reader.words
    assert reader.chart_of()["data"]
    assert reader.sentences == []
    table = reader.at.dataframe[0].value
    assert list(table["Settings"]) == [candidate_label(expected, candidate) for candidate in expected.candidates]
    assert sum(name.endswith(", the default") for name in table["Settings"]) == 1
    reader.put(s_measure="localisation")  # another search, which waits for its own press
    assert expected.sentence not in reader.words
    assert not start_button(reader).disabled  # type: ignore[attr-defined]


def test_a_setting_and_a_press_that_come_in_one_search_with_that_setting(photos: Path) -> None:
    reader = Reader("settings", QUICK)
    reader.at.get_by_key("s_candidates").set_value("12")
    reader.press("Search").settle()
    assert len(reader.at.dataframe[0].value) == 12


def test_the_settings_are_opened_in_compare_beside_the_default(photos: Path) -> None:
    reader = Reader("settings", QUICK)
    reader.press("Search").settle()
    best = by_the_engine(photos).best.method
    (link,) = reader.at.get("page_link")
    assert link.proto.label == "Open these settings in Compare"
    reader.at.query_params.clear()
    reader.at.query_params.update(dict(parse_qsl(link.proto.query_string)))
    reader.go("compare")
    assert (reader.value("a"), reader.value("b")) == ("epsilon-plus-flat", best.name)
    assert reader.titles[:2] == [lrp.EpsilonPlusFlat.label, best.label]
    for name in ("gamma", "epsilon"):
        if f"b_{best.name}_{name}" in reader.controls:
            assert reader.value(f"b_{best.name}_{name}") == getattr(best, name)


def test_it_can_be_cancelled_and_tried_again(photos: Path) -> None:
    reader = Reader("settings", QUICK)
    with held_queue():
        reader.press("Search")
        assert len(reader.progress) == 1
        reader.press("Cancel")
        assert any("was cancelled" in sentence for sentence in reader.sentences)
    reader.press("Try again").settle()
    assert by_the_engine(photos).sentence in reader.words


def test_a_folder_of_too_few_classes_is_a_sentence_with_a_way_on(photos: Path) -> None:
    first = (photos / "00.png").read_bytes()
    for file in photos.iterdir():
        file.write_bytes(first)
    reader = Reader("settings", QUICK | {"s_measure": "Localisation"})
    reader.press("Search").settle()
    (sentence,) = reader.sentences
    assert "at least 4 classes, got 1" in sentence


def test_several_own_pictures_are_added_and_a_file_that_is_none_is_named() -> None:
    reader = Reader("settings")
    upload(reader, [(f"{seed}.png", png(seed)) for seed in range(5)] + [("broken.png", b"no picture")])
    assert "**11 pictures**: 5 to search with, and 6 held out" in reader.words
    (sentence,) = reader.sentences
    assert "broken" in sentence
    upload(reader, [("again.png", png(0))])
    assert "**11 pictures**" in reader.words  # the same one
    assert reader.sentences == []
    reader.press("Remove the 5 added")
    assert "**6 of the 10 pictures**" in reader.words


def test_whether_the_classes_suffice_is_said_before_the_search() -> None:
    reader = Reader("settings", {"s_measure": "Both"})
    upload(reader, [(f"{seed}.png", png(seed)) for seed in range(6)])
    network = lrp.load_backbone(18)
    own = [Image.open(io.BytesIO(png(seed))) for seed in range(6)]
    samples = [Image.fromarray(make()) for make in SAMPLES.values()]
    classes = [int(network.network(network.preprocess(each)).argmax()) for each in (*own, *samples)]
    said = too_few_classes(classes, split_pictures(12))
    assert reader.sentences == ([said] if said else [])
    assert start_button(reader).disabled == bool(said)  # type: ignore[attr-defined]


def test_what_is_said_of_numbers_of_pictures_and_classes() -> None:
    assert "Bring 9 more" in counts_sentence(1, None)
    assert "large differences only" in counts_sentence(12, split_pictures(12))
    assert "large differences" not in counts_sentence(30, split_pictures(30))
    split = split_pictures(10)
    enough = dict.fromkeys(range(10), 0) | {i: k % 4 for part in (split.search, split.held_out) for k, i in enumerate(part)}
    assert too_few_classes([enough[i] for i in range(10)], split) is None
    said = too_few_classes([0] * 10, split)
    assert said is not None
    assert "is 1 in the pictures to search with and 1 in the held-out ones" in said


def test_the_chart_shows_each_candidate_where_its_scores_are(photos: Path) -> None:
    for measure in ("faithfulness", "both"):
        try:
            result = by_the_engine(photos, measure)
        except ValueError:
            continue  # these random networks may see fewer than four classes
        figure = search_figure(result)
        circles = [trace for trace in figure.data if trace.mode == "markers"]
        assert sum(len(trace.x) for trace in circles) == len(result.candidates)
        assert sorted(x for trace in circles for x in trace.x) == pytest.approx(
            sorted(candidate.search[:, 0].mean() for candidate in result.candidates)
        )
        held_out = [trace for trace in figure.data if trace.mode == "lines+markers"]
        compared = [candidate for candidate in result.candidates if candidate.held_out is not None]
        assert [trace.x[1] for trace in held_out] == pytest.approx([each.held_out[:, 0].mean() for each in compared])
        alt = search_figure_alt(result)
        assert all(candidate.label in alt for candidate in compared)
        assert search_table(result)[0]["Place"] == "1"
