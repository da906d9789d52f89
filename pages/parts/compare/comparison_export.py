"""What the files of a comparison are made from: the maps as they are drawn, the words, and the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from lrp.attribution import Map
from lrp.display import export, record
from lrp.region import Region
from pages.parts.canvas.look import Look, drawn
from pages.parts.compare.panels import MapPanel, Page, other_predictions
from pages.parts.frame.album import Picture
from pages.parts.frame.crop import Place
from pages.parts.frame.menu_keys import PANELS
from pages.parts.work.question import Result


@dataclass(frozen=True)
class ComparisonExport:
    """Everything that the files of a comparison are made from.

    seen: the picture as the network saw it. answers: the computed maps by their keys. notes: the sentences about the whole.
    name: of the files, without their suffix. question: what the maps answer, in words. picture: as it is given to the network;
    part: what the network saw of the uncropped one, in its pixels. region: the marked one, if any.
    """

    headline: str
    seen: Image.Image
    answers: dict[str, tuple[MapPanel, Result]]
    look: Look
    settings: dict[str, object]
    logits: Tensor  # (K,)
    notes: list[str]
    name: str
    question: str
    categories: tuple[str, ...]
    picture: Picture
    part: Place
    region: Region | None = None

    @property
    def maps(self) -> list[tuple[MapPanel, Result, Map, float]]:
        """Each panel and its result, with the values (H, W) that are drawn and the relevance of the strongest colour."""
        shown = drawn([result.map for _, result in self.answers.values()], self.look)
        return [(*answer, *values) for answer, values in zip(self.answers.values(), shown, strict=True) if values]


def page_record(
    page: Page, panels: Mapping[str, MapPanel], results: Sequence[Result | None], look: Look, region: Region | None
) -> dict[str, object]:
    """Returns everything that is needed to repeat the comparison, with the results so far. panels: by the keys of the maps."""
    picture = (page.picture.name, page.picture.uncropped.key)
    questions = [panel.question for panel in panels.values()]
    keys = "".join(panels)
    # The pair that is compared is named by keys, which say the place of a map where none before it has been removed.
    display = look.settings() | ({} if keys == "".join(PANELS)[: len(keys)] else {"maps": keys})
    outcomes = [
        None if result is None
        else record.result_record(
            question.method, question.objective, result.total, result.explained, result.n_steps, result.map_error
        )
        for question, result in zip(questions, results, strict=True)
    ]  # fmt: skip
    networks = [
        record.network_record(panel.question.backbone, panel.question.objective, panel.logits) if panel.sees else None
        for panel in panels.values()
    ]  # fmt: skip
    return record.comparison_record(
        page.network, picture, page.objective, page.logits, [question.method for question in questions], display, region,
        outcomes, networks, page.picture.crop_record,
    )  # fmt: skip


def comparison_export(
    page: Page, panels: Mapping[str, MapPanel], results: Mapping[str, Result | None], headline: str, seen: Image.Image,
    look: Look, region: Region | None, notes: list[str],
) -> ComparisonExport:
    """Returns the export of a comparison. panels, results: by the keys of the maps, in the same order."""  # fmt: skip
    categories = page.network.categories
    return ComparisonExport(
        headline=headline,
        seen=seen,
        answers={key: (panels[key], result) for key, result in results.items() if result is not None},
        look=look,
        settings=page_record(page, panels, list(results.values()), look, region),
        logits=page.logits,
        notes=[*other_predictions(page, panels.values()), *notes],
        name=export.comparison_stem(page.picture.name, page.network.name, page.objective, categories),
        question=record.question_in_words(page.objective, categories, look.colours),
        categories=categories,
        picture=page.picture,
        part=page.picture.part_seen(page.network),
        region=region,
    )
