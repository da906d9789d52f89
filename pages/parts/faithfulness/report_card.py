"""The report card of each map: what was measured, in sentences and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from lrp.heads import REGRESSION
from lrp.metrics import Faithfulness, Sensitivity, agreement_matrix
from lrp.metrics.report import NOISE, mean_with_others
from lrp.metrics.sanity import promised_gap
from lrp.metrics.sentences import (
    accuracy_in_words,
    agreement_in_words,
    faithfulness_in_words,
    focus_in_words,
    stability_in_words,
)
from pages.parts.faithfulness.measurements import Measurements
from pages.parts.say.number_words import duration
from pages.parts.work.question import Question, Result


@dataclass(frozen=True, eq=False)
class MapCard:
    """The measurements of one map so far. name: unique among the maps. curves, stability: None until measured."""

    name: str
    question: Question
    result: Result
    agreement: float
    curves: Faithfulness | None
    stability: Sensitivity | None

    @property
    def gap(self) -> float | None:
        """The relative gap between the sum and what it should be; None for a method that promises no sum."""
        return promised_gap(self.result.gap, self.question.method, self.question.objective)

    def words(self) -> dict[str, str]:
        """Returns a sentence on each of ASPECTS that is known, by its name."""
        found = {"accuracy": accuracy_in_words(self.result.total, self.result.explained, self.gap)}
        if self.curves:
            found["faithfulness"] = faithfulness_in_words(self.curves)
        found["focus"] = focus_in_words(self.result.half_share)
        if self.stability:
            found["stability"] = stability_in_words(self.stability, NOISE)
        return found | {
            "agreement": agreement_in_words(self.agreement),
            "seconds": f"The map took {duration(self.result.seconds)}.",
        }


def report_cards(named: Sequence[tuple[str, Question]], measured: Measurements) -> list[MapCard]:
    """Returns a card for each map that is computed, with its mean agreement with the others."""
    present = [(name, question) for name, question in named if question.key in measured.maps]
    matrix = agreement_matrix([measured.maps[question.key].map for _, question in present])
    return [
        MapCard(
            name, question, measured.maps[question.key], mean_with_others(matrix, i), measured.curves.get(question.key),
            measured.stability.get(question.key),
        )
        for i, (name, question) in enumerate(present)
    ]  # fmt: skip


def curves_sentence(card: MapCard) -> str:
    """Returns the areas of one map's curves, and what the network says if only what the map marks is kept."""
    if card.curves is None:
        return f"**{card.name}** is not measured yet."
    curves, chance, head = card.curves, card.curves.random_areas, card.question.backbone.kind
    alone = "rises" if curves.increase else f"falls by {curves.drop:.0%}"
    what = "value" if head is REGRESSION else f"{head.noun} of the {head.output}"
    return (
        f"**{card.name}**: the {what} is {curves.deletion_area:.2f} on average while what this map marks is "
        f"covered (less is better), and {curves.insertion_area:.2f} while it is given back (more is better). In random orders it "
        f"is {chance.mean():.2f} ± {chance.std():.2f} either way. If only what it marks is kept, the {head.noun} {alone}."
    )


def curves_table(cards: Sequence[MapCard]) -> list[dict[str, str]]:
    """Returns the numbers of the curves, a row for each map."""
    return [
        {
            "Method": card.name,
            "Deletion area": f"{curves.deletion_area:.3f}",
            "Insertion area": f"{curves.insertion_area:.3f}",
            "Gain (insertion − deletion)": f"{curves.gain:.3f}",
            "Random orders": f"{curves.random_areas.mean():.3f} ± {curves.random_areas.std():.3f}",
            "Drop, explanation alone": f"{curves.drop:.1%}",
            "Confidence rises": "yes" if curves.increase else "no",
        }
        for card in cards
        if (curves := card.curves)
    ]
