"""The parts that the pages are made of, each alone: the queue, what is kept, the sentences, the controls, the figure."""

import dataclasses
import io
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import Field, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import lrp
from lrp.backbones import Backbone
from lrp.heatmap import SCALES
from lrp.parameters import in_words, parameter
from pages.parts import pictures, words
from pages.parts.compute import Question, Result
from pages.parts.controls import log_stops
from pages.parts.figure import Heatmap, pack
from pages.parts.look import Look, drawn, made_of
from pages.parts.pictures import SAMPLES, Picture, from_bytes
from pages.parts.store import Store
from pages.parts.worker import Busy, Job, Worker
from tests.networks import random_resnet
from tests.visitor import SECONDS, maps_of, unpacked

# The queue


class Held:
    """Work that stops at `share` until it is let go."""

    def __init__(self, share: float = 0.5, result: object = "done") -> None:
        self.share, self.result = share, result
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, progress: Callable[[float], None]) -> object:
        progress(self.share)
        self.begun.set()
        while not self.go.wait(0.005):
            progress(self.share)
        return self.result


@pytest.fixture
def worker() -> Iterator[Worker]:
    working = Worker(limit=4)
    yield working
    assert working.rest(SECONDS)


@pytest.fixture
def held(worker: Worker) -> Iterator[tuple[Held, Job]]:
    """A job that runs and keeps the queue waiting."""
    work = Held()
    job = worker.submit(work)
    assert work.begun.wait(SECONDS)
    yield work, job
    work.go.set()


def test_jobs_run_one_at_a_time_in_the_order_they_came(worker: Worker) -> None:
    events: list[tuple[str, int]] = []

    def work(number: int) -> Callable[[Any], int]:
        def run(progress: Any) -> int:
            events.append(("begin", number))
            time.sleep(0.01)
            events.append(("end", number))
            return number * 10

        return run

    jobs = [worker.submit(work(number)) for number in range(4)]
    assert [job.future.result(SECONDS) for job in jobs] == [0, 10, 20, 30]
    assert events == [(event, number) for number in range(4) for event in ("begin", "end")]


def test_a_job_says_how_far_it_is(held: tuple[Held, Job]) -> None:
    work, job = held
    assert job.share == 0.5
    assert (job.done, job.failed, job.cancelled) == (False, False, False)
    work.go.set()
    assert job.future.result(SECONDS) == "done"
    assert job.done
    assert not job.failed


def test_a_waiting_job_that_is_cancelled_never_begins(worker: Worker, held: tuple[Held, Job]) -> None:
    begun: list[bool] = []
    job = worker.submit(lambda progress: begun.append(True))
    job.cancel()
    assert job.done
    assert job.failed
    assert job.cancelled
    held[0].go.set()
    worker.submit(lambda progress: None).future.result(SECONDS)
    assert begun == []


def test_a_running_job_that_is_cancelled_ends_at_its_next_sign_of_progress(worker: Worker, held: tuple[Held, Job]) -> None:
    _, job = held
    job.cancel()
    with pytest.raises(CancelledError):
        job.future.result(SECONDS)
    assert job.failed
    assert job.cancelled
    assert worker.submit(lambda progress: 3).future.result(SECONDS) == 3


def test_a_job_that_was_done_before_it_was_cancelled_keeps_its_result(worker: Worker) -> None:
    job = worker.submit(lambda progress: 3)
    assert job.future.result(SECONDS) == 3
    job.cancel()
    assert not job.failed
    assert job.future.result() == 3


@pytest.mark.parametrize("error", [ValueError("bad"), MemoryError(), SystemExit(1), KeyboardInterrupt()], ids=repr)
def test_a_job_that_fails_keeps_its_error_and_the_next_one_runs(worker: Worker, error: BaseException) -> None:
    def fail(progress: Any) -> None:
        raise error

    job, after = worker.submit(fail), worker.submit(lambda progress: "next")
    assert job.future.exception(SECONDS) is error
    assert job.failed
    assert not job.cancelled
    assert after.future.result(SECONDS) == "next"


def test_a_full_queue_refuses_in_one_sentence_and_takes_work_again_later(worker: Worker, held: tuple[Held, Job]) -> None:
    work, running = held
    waiting = [worker.submit(lambda progress: None) for _ in range(3)]
    with pytest.raises(Busy, match=r"^4 people are waiting .*; try again .*\.$"):
        worker.submit(lambda progress: None)
    waiting[1].cancel()
    again = worker.submit(lambda progress: "room")
    with pytest.raises(Busy):
        worker.submit(lambda progress: None)
    work.go.set()
    assert again.future.result(SECONDS) == "room"
    assert running.future.result() == "done"
    assert worker.submit(lambda progress: "later").future.result(SECONDS) == "later"


def test_the_queue_is_never_longer_than_its_limit_however_many_ask(worker: Worker, held: tuple[Held, Job]) -> None:
    def ask(_: int) -> bool:
        try:
            worker.submit(lambda progress: None)
        except Busy:
            return False
        return True

    with ThreadPoolExecutor(16) as crowd:
        assert sum(crowd.map(ask, range(64))) == 3


def test_a_job_knows_how_many_are_before_it(worker: Worker, held: tuple[Held, Job]) -> None:
    work, running = held
    first, second = (worker.submit(lambda progress: None) for _ in range(2))
    assert [worker.ahead_of(job) for job in (running, first, second)] == [0, 1, 2]
    first.cancel()
    assert [worker.ahead_of(job) for job in (running, second)] == [0, 1]
    work.go.set()
    second.future.result(SECONDS)
    assert worker.ahead_of(second) == 0


# What is kept


def test_a_store_keeps_so_many_and_the_oldest_leaves() -> None:
    store = Store(3)
    for number in range(5):
        assert store.put(number, str(number)) == str(number)
    assert store.keys() == {2, 3, 4}
    assert [store.get(number) for number in range(5)] == [None, None, "2", "3", "4"]
    store.put(2, "new")
    store.put(5, "5")
    assert store.keys() == {2, 4, 5}  # what was put again is not the oldest
    assert store.get(2) == "new"


def test_a_store_makes_a_thing_once() -> None:
    store, made = Store(2), []
    for _ in range(3):
        assert store.make("a", lambda: made.append(1) or "thing") == "thing"
    assert made == [1]
    store.drop("a")
    store.drop("never there")
    assert store.make("a", lambda: "another") == "another"


def test_what_could_not_be_made_is_not_kept() -> None:
    store = Store(2)
    with pytest.raises(ZeroDivisionError):
        store.make("a", lambda: 1 / 0)
    assert store.keys() == set()


# What a question is known by


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    model, numbers = random_resnet(dtype=torch.float32), torch.zeros(1, 3, 1, 1)
    return Backbone(18, "demo", model, lrp.canonize(model), tuple("abcdefg"), 64, 0, numbers, numbers + 1, "first digest")


PICTURE = Picture("key", Image.new("RGB", (4, 4)), "picture", False)


def scalars(key: Any) -> bool:
    return all(map(scalars, key)) if isinstance(key, tuple) else isinstance(key, str | int | float | bool | None)


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_two_questions_are_the_same_only_if_all_of_them_is(backbone: Backbone, method: type[Any]) -> None:
    question = Question(PICTURE, backbone, lrp.Logit(2), method())
    others = [
        replace(question, picture=replace(PICTURE, key="other")),
        replace(question, backbone=replace(backbone, sha256="second digest")),
        replace(question, objective=lrp.Logit(3)),
        replace(question, objective=lrp.Contrast(2, 3)),
        replace(question, objective=lrp.SGLRP(2)),
        *(replace(question, method=another()) for another in lrp.METHODS.values() if another is not method),
        *(replace(question, method=replace(method(), **{field.name: other(field)})) for field in fields(method)),
    ]
    keys = [question.key, *(another.key for another in others)]
    assert len(set(keys)) == len(keys)
    assert replace(question, method=method()).key == question.key
    assert replace(question, picture=replace(PICTURE, name="called otherwise")).key == question.key
    assert all(map(scalars, keys))  # never an array or a picture, which Streamlit was seen to take for one another


def other(field: Field[Any]) -> Any:
    if isinstance(field.default, bool):
        return not field.default
    return next(value for value in field.metadata["options"] or log_stops(field) if value != field.default)


def file_of(picture: Image.Image, kind: str, **extra: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **extra)
    return buffer.getvalue()


def test_a_picture_is_known_by_all_of_its_bytes_and_not_by_its_name() -> None:
    one = Image.new("RGB", (1200, 900), "grey")
    two = one.copy()
    two.putpixel((600, 450), (129, 128, 128))
    first, second = from_bytes(file_of(one, "BMP"), "a.bmp"), from_bytes(file_of(two, "BMP"), "a.bmp")
    assert first.key != second.key
    assert first.key == from_bytes(file_of(one, "BMP"), "b.bmp").key
    assert not first.shared
    assert re.fullmatch(r"[0-9a-f]{64}", first.key)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_photo_that_every_visitor_may_share(name: str) -> None:
    found = pictures.sample(name)
    assert found.shared
    assert (found.name, found.image.mode) == (name, "RGB")
    assert min(found.image.size) >= 224
    assert found.key != found.name
    assert len({pictures.sample(each).key for each in SAMPLES}) == len(SAMPLES)


def test_nothing_of_a_file_but_its_picture_is_kept() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "SecretComment")
    kept = from_bytes(file_of(Image.new("RGB", (40, 30)), "PNG", pnginfo=info), "a.png")
    assert b"Secret" not in pictures.png(kept.image)


# Sentences


def result(total: float, explained: float, n_steps: int | None = None, seconds: float = 0.1) -> Result:
    nothing = np.zeros((2, 2), np.float32)
    return Result(nothing, nothing[None], total, explained, n_steps, seconds)


PROMISING = (lrp.UniformEpsilon, lrp.IntegratedGradients)


@pytest.mark.parametrize("method", PROMISING)
@pytest.mark.parametrize(
    ("total", "explained", "green"),
    [(10, 10, True), (9.5, 10, True), (9.49, 10, False), (10.5, 10, True), (10.51, 10, False), (-9.5, -10, True),
     (-9.4, -10, False), (10, -10, False), (0, 10, False), (3, 0, False), (1e6, 1, False)],
)  # fmt: skip
def test_a_map_is_green_if_it_sums_to_what_it_should_within_five_per_cent(
    method: type[Any], total: float, explained: float, green: bool
) -> None:
    said = words.trust(result(total, explained, 64), method, lrp.Logit(0))
    assert (words.GREEN in said, words.AMBER in said) == (green, not green)
    assert f"**{total:.2f}**" in said
    assert f"**{explained:.2f}**" in said
    assert said.endswith(".")


@pytest.mark.parametrize("method", PROMISING)
def test_a_map_that_sums_to_nothing_as_it_should_is_green(method: type[Any]) -> None:
    said = words.trust(result(0.0, 0.0, 64), method, lrp.Logit(0))
    assert words.GREEN in said
    assert "inf" not in said.replace(":material/info:", "")


def test_a_logit_of_zero_breaks_nothing() -> None:
    assert words.AMBER in words.trust(result(0.5, 0.0), lrp.UniformEpsilon, lrp.Logit(0))


@pytest.mark.parametrize(("total", "explained", "absorbed"), [(3, 10, "70%"), (-2.5, -10, "75%"), (9, 10, "10%")])
def test_what_lrp_did_not_hand_down_is_said_to_have_stayed_above(total: float, explained: float, absorbed: str) -> None:
    said = words.trust(result(total, explained), lrp.UniformEpsilon, lrp.Logit(0))
    assert absorbed in said
    assert "biases" in said


@pytest.mark.parametrize(("total", "explained"), [(15, 10), (-1, 10), (1, -10)])
def test_a_sum_that_is_no_share_of_the_logit_is_not_called_one(total: float, explained: float) -> None:
    said = words.trust(result(total, explained), lrp.UniformEpsilon, lrp.Logit(0))
    assert "%" not in said
    assert "biases" not in said


def test_a_gap_of_integrated_gradients_is_told_with_its_steps_and_the_remedy() -> None:
    good, poor = (words.trust(result(total, 10, 128), lrp.IntegratedGradients, lrp.Logit(0)) for total in (9.9, 8.0))
    assert "1.0%" in good
    assert "20.0%" in poor
    assert all("128 steps" in said for said in (good, poor))
    assert "more steps" in poor
    assert "more steps" not in good
    assert "biases" not in good + poor


@pytest.mark.parametrize("method", [method for method in lrp.METHODS.values() if method.sums_to is None])
def test_a_method_that_promises_no_sum_is_not_judged_by_it(method: type[Any]) -> None:
    said = words.trust(result(3.0, 10.0), method, lrp.Logit(0))
    assert words.GREEN not in said
    assert words.AMBER not in said
    assert "**3.00**" in said
    assert "promises no sum" in said


def test_certainty_is_put_into_words_in_steps() -> None:
    told = [words.certainty(p) for p in (1.0, 0.9, 0.899, 0.6, 0.599, 0.3, 0.299, 0.0)]
    assert told[0] == told[1] != told[2] == told[3] != told[4] == told[5] != told[6] == told[7]
    assert len(set(told)) == 4


@pytest.mark.parametrize(("name", "found"), [("ant", "an ant"), ("English springer", "an English springer"), ("cat", "a cat")])
def test_a_class_has_its_article_in_the_headline(name: str, found: str) -> None:
    said = words.headline("ResNet-50", name, 0.456)
    for part in ("ResNet-50", f"**{found}**", "46%"):
        assert part in said


@pytest.mark.parametrize(("size", "cut"), [((451, 300), True), ((300, 300), False), ((1200, 1201), True)])
def test_a_picture_is_said_to_be_cut_only_if_it_was(size: tuple[int, int], cut: bool) -> None:
    said = words.crop(size, (160, 160))
    assert f"{size[0]:,} x {size[1]:,}" in said
    assert "160 x 160" in said
    assert ("centre" in said) == cut


@pytest.mark.parametrize(("value", "said"), [(0.0123, "12 ms"), (0.5, "500 ms"), (1.0, "1.0 s"), (63.21, "63.2 s")])
def test_a_duration_has_the_unit_that_people_would_choose(value: float, said: str) -> None:
    assert words.seconds(value) == said


@pytest.mark.parametrize("side", [9, 32, 160])
@pytest.mark.parametrize(("row", "column"), [(r, c) for r in range(3) for c in range(3)])
def test_a_map_in_words_names_the_place_of_its_peak(side: int, row: int, column: int) -> None:
    values = np.zeros((side, side), np.float32)
    third = side / 3
    values[int(row * third + third / 2), int(column * third + third / 2)] = -1
    place = f"{('top', '', 'bottom')[row]} {('left', '', 'right')[column]}".strip() or "centre"
    assert words.summary("A map", values).endswith(f" the {place}.")


def test_a_map_in_words_says_how_much_of_it_speaks_for_the_class() -> None:
    values = np.array([[3, 0, 0], [0, -1, 0], [0, 0, 0]], np.float32)
    assert "75%" in words.summary("A map", values)
    assert words.summary("A map", values).startswith("A map")
    assert "no relevance" in words.summary("A map", np.zeros((3, 3), np.float32))


def test_one_lonely_pixel_is_no_peak() -> None:
    values = np.zeros((160, 160), np.float32)
    values[5, 5] = 10
    values[120:150, 120:150] = 1
    assert words.summary("A map", values).endswith("bottom right.")


# Controls

LOG = [
    pytest.param(field, id=f"{method.name}.{field.name}")
    for method in lrp.METHODS.values()
    for field in fields(method)
    if field.metadata["scale"] == "log"
]


@pytest.mark.parametrize("field", LOG)
def test_a_log_scale_offers_its_whole_range_and_the_default(field: Field[Any]) -> None:
    stops, (low, high) = log_stops(field), field.metadata["range"]
    assert field.default in stops
    assert stops[-1] == high
    assert stops[0] == low
    assert all(a < b for a, b in pairwise(stops))
    assert {type(stop) for stop in stops} == {type(field.default)}
    steps = [b / a for a, b in pairwise(stops) if a]
    assert max(steps) <= 2.5 + 1e-9
    if low == 0:
        assert 0 < stops[1] <= 1e-6  # exact 0 is a choice of its own


@pytest.mark.parametrize(
    ("default", "low", "high", "ends"),
    [(0.3, 0.0, 10.0, [0, 1e-6, 5, 10]), (0.3, 0.02, 7.0, [0.02, 0.025, 5, 7]), (100, 8, 512, [8, 16, 256, 512]),
     (7, 5, 40, [7, 8, 16, 32])],
)  # fmt: skip
def test_a_scale_between_any_limits_offers_its_default_and_nothing_outside(
    default: float, low: float, high: float, ends: list[float]
) -> None:
    made = dataclasses.make_dataclass("Made", [("value", float, parameter(default, "", "", range=(low, high), scale="log"))])
    stops = log_stops(fields(made)[0])
    assert default in stops
    assert [*stops[:2], *stops[-2:]] == ends
    assert stops == sorted(set(stops))
    assert low <= stops[0]
    assert stops[-1] <= high


@pytest.mark.parametrize("field", LOG)
def test_every_stop_is_written_so_that_it_reads_back(field: Field[Any]) -> None:
    stops = log_stops(field)
    assert [type(field.default)(in_words(stop)) for stop in stops] == stops


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_every_setting_says_how_it_is_set(method: type[Any]) -> None:
    for field in fields(method):
        meta = field.metadata
        assert meta["label"]
        assert meta["help"].endswith(".")
        if isinstance(field.default, bool):
            continue
        assert (meta["range"] is None) != (meta["options"] is None)
        if meta["options"]:
            assert field.default in meta["options"]
            assert len(set(map(in_words, meta["options"]))) == len(meta["options"])
        for value in meta["options"] or log_stops(field):
            method(**{field.name: value})  # what is offered is accepted


# What the canvas gets

SEEN = Image.fromarray(np.random.default_rng(2).integers(0, 256, (21, 33, 3), dtype=np.uint8))


def noise(seed: int, scale: float = 1.0, shape: tuple[int, int] = (21, 33)) -> np.ndarray:
    return (np.random.default_rng(seed).standard_t(3, shape) * scale).astype(np.float32)


def sent(*heatmaps: Heatmap, seen: Image.Image = SEEN) -> bytes:
    return pack(seen, heatmaps, {"alt": "A cat."})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(-12, 12), st.floats(1, 9.99))
def test_the_value_under_the_cursor_is_the_real_one(seed: int, power: int, digits: float) -> None:
    values = noise(seed, digits * 10.0**power)
    (found,) = maps_of(sent(Heatmap("a", "A map", values)))
    assert np.abs(found.values - values).max() <= 0.5 * found.step * (1 + 1e-6)
    assert found.step == pytest.approx(np.abs(values).max() / 32767)


@pytest.mark.parametrize("value", [0.0, 1e-25, 32767.0, 32768.0, 3.2767, -32767.0, 1e30])
def test_no_value_is_too_large_or_too_small_to_be_shown(value: float) -> None:
    (found,) = maps_of(sent(Heatmap("a", "A map", np.full((21, 33), value, np.float32))))
    np.testing.assert_allclose(found.values, value, rtol=1e-4, atol=1e-30)


def test_the_picture_is_sent_bit_for_bit_behind_the_maps() -> None:
    header, body = unpacked(sent(Heatmap("a", "One", noise(1)), Heatmap("b", "Two", noise(2))))
    picture = np.frombuffer(body, np.uint8, offset=header["seen"]).reshape(21, 33, 3)
    np.testing.assert_array_equal(picture, np.asarray(SEEN))
    assert (header["width"], header["height"], header["alt"]) == (33, 21, "A cat.")
    assert header["scales"] == {name: list(codes) for name, codes in SCALES.items()}


def test_a_map_that_is_still_computed_has_its_place_and_title() -> None:
    header, _ = unpacked(sent(Heatmap("a", "First", None), Heatmap("b", "Second", noise(1))))
    first, second = header["maps"]
    assert (first["title"], first["absent"], first["at"]) == ("First", "computing ...", None)
    assert (second["title"], second["alt"], second["at"]) == ("Second", words.summary("Second", noise(1)), 0)
    (older,) = unpacked(sent(Heatmap("a", "New", noise(1), before="Old")))[0]["maps"]
    assert (older["title"], older["alt"], older["before"]) == ("New", words.summary("Old", noise(1)), "Old")


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (161, 97)])
def test_maps_of_odd_sizes_are_sent(shape: tuple[int, int]) -> None:
    maps = [Heatmap(key, key, noise(seed, 1.0, shape)) for seed, key in enumerate("abc")]
    found = maps_of(sent(*maps, seen=Image.new("RGB", shape[::-1])))
    assert [shown.values.shape for shown in found] == [shape] * 3
    for shown, heatmap in zip(found, maps, strict=True):
        np.testing.assert_allclose(shown.values, heatmap.values, atol=0.51 * shown.step)


# The look


def test_the_strongest_colour_stands_for_the_percentile_of_each_map_or_of_all() -> None:
    maps = [noise(1), None, noise(2, 30)]
    own, absent, other = drawn(maps, Look(clip=95.5))
    together, _, same = drawn(maps, Look(clip=95.5, common=True))
    assert absent is None
    assert own[1] == pytest.approx(np.percentile(np.abs(maps[0]), 95.5))
    assert other[1] == pytest.approx(np.percentile(np.abs(maps[2]), 95.5))
    assert together[1] == same[1] == pytest.approx(np.percentile(np.abs(np.concatenate([maps[0], maps[2]])), 95.5))
    np.testing.assert_array_equal(own[0], maps[0])


def test_one_sign_alone_is_drawn_with_its_own_limit() -> None:
    values = noise(4)
    ((shown, limit),) = drawn([values], Look(sign="negative"))
    np.testing.assert_array_equal(shown, np.minimum(values, 0))
    assert limit == pytest.approx(np.percentile(-np.minimum(values, 0), 99))


@pytest.mark.parametrize("scale", SCALES)
def test_the_colours_in_words_are_those_of_the_scale(scale: str) -> None:
    speaking, against = Look(colours=scale).ends
    hue = {"red": (1, 0, 0), "blue": (0, 0, 1), "orange": (1, 0.5, 0), "purple": (0.5, 0, 1)}
    for word, code in ((speaking, SCALES[scale][-2]), (against, SCALES[scale][1])):
        colour = np.array(list(bytes.fromhex(code)), float)
        nearest = max(hue, key=lambda name: np.dot(colour, hue[name]) / math.hypot(*colour) / math.hypot(*hue[name]))
        assert nearest == word


def test_a_look_lists_every_display_setting() -> None:
    assert Look(photo=0.3).settings() == {field.name: getattr(Look(photo=0.3), field.name) for field in dataclasses.fields(Look)}


def test_a_look_is_made_again_from_its_own_words() -> None:
    look = Look(list(SCALES)[1], 0.3, "negative", 95.5, True, "blink", "bd", 0.1)
    assert made_of({name: str(value) for name, value in look.settings().items()}) == look
    assert made_of({**look.settings(), "other": 3}) == look
