"""Explains pictures on disk, and writes the record, the numbers and the sheet of each."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from lrp.attribution import Attribution, first_value, sum_channels
from lrp.cli.files import printable, read
from lrp.cli.result_folder import ResultFolder
from lrp.display.colours import SCALES, colour_limit, colourise
from lrp.display.export import map_panel, numbers_npz, prediction_in_words, sheet_png, three_digits
from lrp.display.record import Record, comparison_record, question_in_words, result_record
from lrp.display.sheet import Legend, SheetPanel
from lrp.heads import REGRESSION
from lrp.methods import explain
from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import Trace, trace
from lrp.pictures.decode import InputError
from lrp.pictures.sandbox import decode_image
from lrp.progress import Progress, equal_parts
from lrp.walk.objectives import Logit, Objective, as_objective, make_objective


class Prediction(NamedTuple):
    """What the network says of one output: its name, the index of the output, and the probability, score or value."""

    name: str
    output: int
    prediction: float


class Explanation(NamedTuple):
    """The result of one method for one picture, and the seconds that it took."""

    method: Method
    result: Attribution
    seconds: float

    @property
    def total(self) -> float:
        """What the relevance sums to, in logits."""
        return float(self.result.total[0])

    @property
    def explained(self) -> float | None:
        """What the relevance should sum to, in logits; None for a method that promises no sum."""
        return None if self.method.sums_to is None else float(self.result.explained[0])

    def record(self, objective: Objective) -> dict[str, object]:
        """Returns the result for the record of the comparison, which is the same at every run: without the seconds."""
        n_steps, map_error = first_value(self.result.n_steps), first_value(self.result.map_error)
        return result_record(self.method, objective, self.total, float(self.result.explained[0]), n_steps, map_error)

    def __str__(self) -> str:
        of = "" if self.explained is None else f" of {three_digits(self.explained)}"
        return f"{self.method.name} sums to {three_digits(self.total)}{of} in {self.seconds:.2f} s"


@dataclass(frozen=True)
class ExplainRun:
    """The settings that all pictures of one `explain` command share.

    objective: a name of `lrp.OBJECTIVES`. target: the index of the class to explain; None for the predicted one. versus: the
    index of the class that Contrast sets against it; None for the likeliest other one. place: the layer of Features. scale: a
    name of `lrp.display.colours.SCALES`. photo: the share, 0 to 1, of the picture that shows where relevance is weak.
    percentile: of |relevance|, which gets the strongest colour.
    """

    backbone: Backbone
    methods: Sequence[Method]
    objective: str = Logit.name
    target: int | None = None
    versus: int | None = None
    place: str | None = None
    scale: str = next(iter(SCALES))
    photo: float = 0.0
    percentile: float = 99.0

    def explain(self, file: str, results: ResultFolder, progress: Progress) -> str:
        """Explains the picture in `file`, writes its record, numbers and sheet to `results`, and returns a line about it.

        progress: called with the share of the work done, 0 to 1. Raises InputError, with a sentence, for a file that is no
        picture and for settings that lead to no numbers; OutputError if the results cannot be written.
        """
        data = read(file)
        kept = trace(self.backbone.network, self.backbone.preprocess(decode_image(data)))
        logits, seen = kept.logits[0], self.backbone.as_seen(kept.x)
        best = self._foremost(logits)
        objective = self._objective([each.output for each in best])
        parts = zip(self.methods, equal_parts(progress, len(self.methods)), strict=True)
        explanations = [self._explain(kept, objective, method, part) for method, part in parts]
        sha256 = hashlib.sha256(data).hexdigest()
        display = {"scale": self.scale, "photo": self.photo, "percentile": self.percentile}
        outcomes = [explanation.record(objective) for explanation in explanations]
        source = (printable(Path(file).name), sha256)
        record = comparison_record(self.backbone, source, objective, logits, self.methods, display, None, outcomes)
        contents = self._contents(file, objective, logits, seen, best, record, explanations)
        results.write(file, sha256, contents)
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
        return "; ".join([f"{printable(file)}: {prediction}", *other, *map(str, explanations)])

    def _objective(self, likeliest: Sequence[int]) -> Objective:
        """The objective with its classes; `likeliest` holds the indices of the likeliest classes, or of the first values."""
        target = likeliest[0] if self.target is None else self.target
        likeliest_other = next((index for index in likeliest if index != target), None)
        versus = likeliest_other if self.versus is None else self.versus
        return make_objective(self.objective, {"target": target, "versus": versus, "place": self.place})

    def _explain(self, kept: Trace, objective: Objective, method: Method, progress: Progress | None) -> Explanation:
        start = time.perf_counter()
        try:
            result = explain(self.backbone, kept, objective, method, progress)
        except InputError:
            raise
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            raise InputError(f"{method.name}: {error}.") from error
        if not result.relevance.isfinite().all():
            raise InputError(f"The relevance by {method.name} is no longer finite; choose less extreme settings.")
        return Explanation(method, result, time.perf_counter() - start)

    def _panel(self, explanation: Explanation, objective: Objective, seen: Image.Image) -> SheetPanel:
        values = sum_channels(explanation.result.relevance)
        limit = colour_limit([values], self.percentile)
        picture = colourise(values, limit, self.scale, seen, self.photo)
        legend = Legend(self.scale, limit, objective.unit)
        n_steps = first_value(explanation.result.n_steps)
        return map_panel(explanation.method.label, picture, legend, explanation.total, explanation.explained, n_steps)

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
