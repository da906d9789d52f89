"""Pictures on disk are explained one after the other, and each gets its sheet, its numbers and its record."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from torch import Tensor

from lrp.attribution import Attribution, first_value, sum_channels
from lrp.cli.files import printable, read, write
from lrp.display.colours import SCALES, colour_limit, colourise
from lrp.display.export import map_panel, numbers_npz, prediction_in_words, sheet_png, three_digits
from lrp.display.record import comparison_record, question_in_words, result_record
from lrp.display.sheet import Legend, Panel
from lrp.methods import explain
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import Trace, trace
from lrp.pictures.decode import InputError
from lrp.pictures.sandbox import decode_image
from lrp.probability import probabilities
from lrp.progress import Progress, equal_parts
from lrp.walk.objectives import Logit, Objective, make_objective


class Answer(NamedTuple):
    """A method, what it found for one picture, and the seconds it took."""

    method: Any
    result: Attribution
    seconds: float

    @property
    def total(self) -> float:
        """What the relevance sums to, in logits."""
        return float(self.result.total[0])

    @property
    def explained(self) -> float | None:
        """What it should sum to, in logits; None if the method promises no sum."""
        return None if self.method.sums_to is None else float(self.result.explained[0])

    def record(self, objective: Objective) -> dict[str, Any]:
        """What came of the method, for the record of the comparison; the same whenever it is computed."""
        n_steps, map_error = first_value(self.result.n_steps), first_value(self.result.map_error)
        return result_record(self.method, objective, self.total, float(self.result.explained[0]), n_steps, map_error)

    def __str__(self) -> str:
        of = "" if self.explained is None else f" of {three_digits(self.explained)}"
        return f"{self.method.name} sums to {three_digits(self.total)}{of} in {self.seconds:.2f} s"


@dataclass(frozen=True)
class Batch:
    """What all pictures of a run have in common.

    objective: a name of `lrp.OBJECTIVES`. target: the index of the class to explain, or None for the predicted one. versus: of
    the class that Contrast sets against it, or None for the likeliest other one. place: the layer of Features.
    scale: a name of `lrp.display.colours.SCALES`.
    photo: the share of it that shows where a map is weak. percentile: of |relevance|, which the strongest colour stands for.
    """

    backbone: Backbone
    methods: Sequence[Any]
    objective: str = Logit.name
    target: int | None = None
    versus: int | None = None
    place: str | None = None
    scale: str = next(iter(SCALES))
    photo: float = 0.0
    percentile: float = 99.0

    def explain(self, file: str, base: Path, progress: Progress) -> str:
        """Explains the picture in `file`, writes it to `base` with each of SUFFIXES added, and returns a line about it.

        progress: called with the share of the work done, 0 to 1. Raises InputError, with a sentence, for a file that is no
        picture and for settings that lead to no numbers; OutputError if the results cannot be written.
        """
        data = read(file)
        kept = trace(self.backbone.network, self.backbone.preprocess(decode_image(data)))
        logits, seen = kept.logits[0], self.backbone.as_seen(kept.x)
        best = _top_five(logits, self.backbone.categories)
        objective = self._objective(best)
        parts = zip(self.methods, equal_parts(progress, len(self.methods)), strict=True)
        answers = [self._answer(kept, objective, method, part) for method, part in parts]
        source = (printable(Path(file).name), hashlib.sha256(data).hexdigest())
        display = {"scale": self.scale, "photo": self.photo, "percentile": self.percentile}
        results = [answer.record(objective) for answer in answers]
        settings = comparison_record(self.backbone, source, objective, logits, self.methods, display, None, results)
        question = question_in_words(objective, self.backbone.categories, self.scale)
        panels = [self._panel(answer, objective, seen) for answer in answers]
        name, sure = best[0]["class"], best[0]["probability"]
        headline = f"{settings['network']} sees: {name} ({f'{sure:.0%}' if len(logits) > 1 else f'score {sure:.2f}'})"
        maps = [(answer.method.name, answer.result.relevance[0]) for answer in answers]
        write(base, (
            json.dumps(_record(file, settings, best, answers), indent=2).encode(),
            numbers_npz(seen, maps, logits, self.backbone.categories, settings),
            sheet_png(headline, question, seen, panels, settings),
        ))  # fmt: skip
        told = [] if (explained := self._told(objective)) == name else [f"explained: {explained}"]
        return "; ".join([f"{printable(file)}: {prediction_in_words(name, sure, len(logits))}", *told, *map(str, answers)])

    def _objective(self, best: Sequence[Mapping[str, Any]]) -> Objective:
        target = best[0]["index"] if self.target is None else self.target
        likeliest_other = next((row["index"] for row in best if row["index"] != target), None)
        versus = likeliest_other if self.versus is None else self.versus
        return make_objective(self.objective, {"target": target, "versus": versus, "place": self.place})

    def _told(self, objective: Objective) -> str:
        """What was explained, in words."""
        return objective.sides(self.backbone.categories)[0].removeprefix("for ")

    def _answer(self, kept: Trace, objective: Objective, method: Any, progress: Progress | None) -> Answer:
        start = time.perf_counter()
        try:
            result = explain(self.backbone, kept, objective, method, progress)
        except InputError:
            raise
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            raise InputError(f"{method.name}: {error}.") from error
        if not result.relevance.isfinite().all():
            raise InputError(f"The relevance by {method.name} is no longer finite; choose less extreme settings.")
        return Answer(method, result, time.perf_counter() - start)

    def _panel(self, answer: Answer, objective: Objective, seen: Image.Image) -> Panel:
        values = sum_channels(answer.result.relevance)
        limit = colour_limit([values], self.percentile)
        picture = colourise(values, limit, self.scale, seen, self.photo)
        legend = Legend(self.scale, limit, objective.unit)
        return map_panel(answer.method.label, picture, legend, answer.total, answer.explained, first_value(answer.result.n_steps))


def _top_five(logits: Tensor, categories: Sequence[str]) -> list[dict[str, Any]]:
    best = probabilities(logits).topk(min(5, len(logits)))
    found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [{"class": categories[index], "index": index, "probability": probability} for index, probability in found]


def _record(file: str, settings: Mapping[str, Any], best: Sequence[Any], answers: Sequence[Answer]) -> dict[str, Any]:
    found = zip(settings["results"], answers, strict=True)
    results = [{**result, "seconds": answer.seconds} for result, answer in found]
    return {"file": printable(file), "settings": settings, "prediction": best[0], "top five": best, "results": results}
