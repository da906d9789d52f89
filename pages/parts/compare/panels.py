"""The maps of the comparison, of which each may be of a network of its own: what it is asked, and how it is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from lrp import Backbone
from lrp.methods.method import Method
from lrp.walk.objectives import Objective
from pages.parts.choose.other_network import laid_over_view, objective_in
from pages.parts.frame.album import Picture
from pages.parts.frame.network_names import network_label
from pages.parts.say import words
from pages.parts.say.picture_words import seen_note
from pages.parts.work import compute
from pages.parts.work.network_key import network_key
from pages.parts.work.question import Question, Result
from pages.parts.work.traces import allow_traces


@dataclass(frozen=True, eq=False)
class Page:
    """What the page asks, of which maps of other networks differ. logits: (K,), of the network."""

    picture: Picture
    network: Backbone
    objective: Objective
    logits: Tensor


@dataclass(frozen=True, eq=False)
class MapPanel:
    """A map of the comparison.

    logits: (K,), of its network. sees: what its network says of the picture, and what its map explains instead of what the page
    asks, in sentences; "" for the network of the page.
    """

    question: Question
    logits: Tensor
    sees: str = ""

    @property
    def seen_note(self) -> str:
        """What of the picture its network saw, if it is another one than the page's; else ""."""
        return seen_note(self.question.picture, self.question.backbone) if self.sees else ""

    def shown(self, result: Result | None, over: Backbone) -> Result | None:
        """Returns the result with its map laid over the picture that the network `over` saw; its sums and relevance stay."""
        if result is None or not self.sees:
            return result
        question = self.question
        return replace(result, map=laid_over_view(result.map, question.picture.size, question.backbone, over))


def panels_of(page: Page, chosen: Mapping[str, tuple[Method, Backbone]]) -> dict[str, MapPanel]:
    """Returns the maps by their keys. chosen: the method and network of each."""
    own_key = network_key(page.network)
    networks = {network_key(network): network for _, network in chosen.values()} | {own_key: page.network}
    allow_traces(len(networks))
    panels = {}
    for key, (method, network) in chosen.items():
        asked, sees, logits = page.objective, "", page.logits
        if network_key(network) != own_key:
            logits = compute.logits(page.picture, network)
            predictions = network.kind.predictions(logits)
            asked, instead = objective_in(network, predictions, page.objective, page.network)
            sees = f"{words.headline_of(network, predictions, network_label(network))} {instead}".strip()
        panels[key] = MapPanel(Question(page.picture, network, asked, method, len(networks) > 1), logits, sees)
    return panels


def other_predictions(page: Page, panels: Iterable[MapPanel]) -> list[str]:
    """Returns what each other network sees, if it is not what the page's network sees, as sentences."""
    seen = _foremost(page.network, page.logits)
    others = [panel for panel in panels if panel.sees and _foremost(panel.question.backbone, panel.logits) != seen]
    return list(dict.fromkeys(panel.sees for panel in others))


def _foremost(network: Backbone, logits: Tensor) -> tuple[str, str]:
    kind = network.kind
    return kind.name, network.categories[kind.best(kind.predictions(logits))]
