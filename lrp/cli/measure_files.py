"""Measures pictures on disk by the report card of each method."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from lrp.cli.files import printable
from lrp.cli.tables import TableRow
from lrp.methods.method import Method
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.report import report
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import trace
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import read
from lrp.pictures.sandbox import decode_image
from lrp.progress import Progress
from lrp.settings import plain_settings


@dataclass(frozen=True)
class MeasureRun:
    """The settings that all pictures of one `measure` command share.

    target: the index of the class to explain, or None for the predicted one. The other settings are those of
    `lrp.metrics.report`.
    """

    backbone: Backbone
    methods: Sequence[Method]
    target: int | None = None
    perturbation: Perturbation = field(default_factory=Perturbation)
    random_orders: int = 10
    noise: float = 0.02
    n_samples: int = 4

    def measure(self, file: str, progress: Progress) -> list[TableRow]:
        """Returns a row for each method on the picture in `file`: what was explained, and the numbers of its report card.

        progress: called with the share of the work done, 0 to 1. Raises InputError, with a sentence, if
        it is no picture or a method cannot explain it.
        """
        forward = trace(self.backbone.network, self.backbone.preprocess(decode_image(read(file))))
        head = self.backbone.kind
        predictions = head.predictions(forward.logits)[0]
        target = head.best(predictions) if self.target is None else self.target
        conditions = (self.perturbation, self.random_orders, self.noise, self.n_samples)
        try:
            result = report(self.backbone, forward, target, self.methods, *conditions, progress)
        except ValueError as error:  # a setting that this network cannot have, such as a layer that it lacks
            raise InputError(f"{error}.") from error
        common = {
            "file": printable(file), "network": self.backbone.name, "weights": printable(self.backbone.weights),
            "class": self.backbone.categories[target], head.column: float(predictions[target]),
        }  # fmt: skip
        return [
            {**common, "method": card.method, "settings": json.dumps(plain_settings(method)), **card.numbers()}
            for method, card in zip(self.methods, result.cards, strict=True)
        ]
