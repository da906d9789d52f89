"""Explains pictures on disk, and writes the record, the numbers and the sheet of each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from lrp.attribution import first_value, sum_channels
from lrp.cli.files import printable
from lrp.cli.result_folder import ResultFolder
from lrp.display.colours import SCALES, colour_limit, colourise
from lrp.display.export import map_panel, numbers_npz, prediction_in_words, sheet_png, three_digits
from lrp.display.record import Record, comparison_record, question_in_words, result_record
from lrp.display.sheet import Legend, SheetPanel
from lrp.heads import REGRESSION
from lrp.jobs.batch import Explanation, explain_batch, not_finite
from lrp.methods.method import Method, promised_sum
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import Trace, trace
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import read
from lrp.pictures.samples import PREFIX, sample_name
from lrp.pictures.sandbox import decode_image
from lrp.progress import Progress, equal_parts
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import Objective, as_objective


class Prediction(NamedTuple):
    """What the network says of one output: its name, the index of the output, and the probability, score or value."""

    name: str
    output: int
    prediction: float


@dataclass(frozen=True)
class ExplainRun:
    """The settings that all pictures of one `explain` command share.

    choice: what is explained. scale: a name of `lrp.display.colours.SCALES`. photo: the share, 0 to 1, of the picture that shows
    where relevance is weak. percentile: of |relevance|, which gets the strongest colour.
    """

    backbone: Backbone
    methods: Sequence[Method]
    choice: ObjectiveChoice = field(default_factory=ObjectiveChoice)
    scale: str = next(iter(SCALES))
    photo: float = 0.0
    percentile: float = 99.0

    def explain(self, file: str, results: ResultFolder, progress: Progress) -> str:
        """Explains the picture in `file`, writes its record, numbers and sheet to `results`, and returns a line about it.

        progress: called with the share of the work done, 0 to 1. Raises InputError, with a sentence, for a file that is no
        picture and for settings that lead to no numbers; OutputError if the results cannot be written.
        """
        data = read(file)
        forward = trace(self.backbone.network, self.backbone.preprocess(decode_image(data)))
        logits, seen = forward.logits[0], self.backbone.as_seen(forward.x)
        best = self._foremost(logits)
        objective = self.choice.of(forward.logits, self.backbone.kind).alone(0)
        parts = zip(self.methods, equal_parts(progress, len(self.methods)), strict=True)
        explanations = [self._explain(forward, objective, method, part) for method, part in parts]
        sha256 = hashlib.sha256(data).hexdigest()
        display = {"scale": self.scale, "photo": self.photo, "percentile": self.percentile}
        outcomes = [_result_record(explanation, objective) for explanation in explanations]
        sample = sample_name(file)
        source = (sample, f"{PREFIX}{sample}") if sample else (printable(Path(file).name), sha256)
        record = comparison_record(self.backbone, source, objective, logits, self.methods, display, None, outcomes)
        contents = self._contents(file, objective, logits, seen, best, record, explanations)
        results.write(file, source[1], contents)
        return self._line(file, objective, best[0], explanations)

    def _contents(
        self, file: str, objective: Objective, logits: Tensor, seen: Image.Image, best: Sequence[Prediction],
        record: Record, explanations: Sequence[Explanation],
    ) -> tuple[bytes, bytes, bytes]:
        """The record, the numbers and the sheet of a picture."""  # fmt: skip
        head, first = self.backbone.kind, best[0]
        said = head.text(first.prediction)
        told = f"predicts: {first.name} {said}" if head is REGRESSION else f"sees: {first.name} ({said})"
        question = question_in_words(objective, self.backbone.categories, self.scale)
        panels = [self._panel(explanation, objective, seen) for explanation in explanations]
        maps = [(explanation.method.name, explanation.result.relevance[0]) for explanation in explanations]
        return (
            json.dumps(self._run_record(file, record, best, explanations), indent=2).encode(),
            numbers_npz(seen, maps, logits, self.backbone.categories, record),
            sheet_png(f"{self.backbone.name} {told}", question, seen, panels, record),
        )

    def _line(self, file: str, objective: Objective, best: Prediction, explanations: Sequence[Explanation]) -> str:
        """What is printed about a picture."""
        explained = objective.sides(self.backbone.categories)[0].removeprefix("for ")
        prediction = prediction_in_words(best.name, best.prediction, self.backbone.kind)
        usual = as_objective(best.output, self.backbone.head).sides(self.backbone.categories)[0].removeprefix("for ")
        other = [] if explained == usual else [f"explained: {explained}"]
        maps = [map_in_words(explanation, objective) for explanation in explanations]
        return "; ".join([f"{printable(file)}: {prediction}", *other, *maps])

    def _explain(self, forward: Trace, objective: Objective, method: Method, progress: Progress | None) -> Explanation:
        try:
            (explanation,) = explain_batch(self.backbone, forward, objective, [method], progress).explanations
        except InputError:
            raise
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            raise InputError(f"{method.name}: {error}.") from error
        if not explanation.result.relevance.isfinite().all():
            raise InputError(not_finite(method))
        return explanation

    def _panel(self, explanation: Explanation, objective: Objective, seen: Image.Image) -> SheetPanel:
        values = sum_channels(explanation.result.relevance)
        limit = colour_limit([values], self.percentile)
        picture = colourise(values, limit, self.scale, seen, self.photo)
        legend = Legend(self.scale, limit, objective.unit)
        n_steps = first_value(explanation.result.n_steps)
        total = float(explanation.result.total[0])
        return map_panel(explanation.method.label, picture, legend, total, promised(explanation, objective), n_steps)

    def _foremost(self, logits: Tensor) -> list[Prediction]:
        """The likeliest classes or the first values, at most five; logits: (K,)."""
        head, categories = self.backbone.kind, self.backbone.categories
        predictions = head.predictions(logits)
        return [Prediction(categories[i], i, float(predictions[i])) for i in head.foremost(predictions)]

    def _run_record(
        self, file: str, record: Record, best: Sequence[Prediction], explanations: Sequence[Explanation]
    ) -> dict[str, object]:
        """The content of the .json file: the record of the comparison, and what this run found and how long it took."""
        pairs = zip(record["results"], explanations, strict=True)
        results = [{**result, "seconds": explanation.seconds} for result, explanation in pairs]
        column = self.backbone.kind.column
        said = [{"class": each.name, "index": each.output, column: each.prediction} for each in best]
        return {"file": printable(file), "settings": record, "prediction": said[0], "top five": said, "results": results}


def promised(explanation: Explanation, objective: Objective) -> float | None:
    """Returns what the relevance should sum to, in the objective's unit; None where no sum is promised."""
    return None if promised_sum(explanation.method, objective) is None else float(explanation.result.explained[0])


def _result_record(explanation: Explanation, objective: Objective) -> dict[str, object]:
    """The result for the record of the comparison, which is the same at every run: without the seconds."""
    method, result, _ = explanation
    n_steps, map_error = first_value(result.n_steps), first_value(result.map_error)
    return result_record(method, objective, float(result.total[0]), float(result.explained[0]), n_steps, map_error)


def map_in_words(explanation: Explanation, objective: Objective) -> str:
    """Returns what is printed about a map."""
    should = promised(explanation, objective)
    total = three_digits(float(explanation.result.total[0]))
    of = "" if should is None else f" of {three_digits(should)}"
    return f"{explanation.method.name} sums to {total}{of} in {explanation.seconds:.2f} s"
