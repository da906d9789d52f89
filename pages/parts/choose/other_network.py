"""What the page asks and shows of one network, for another one: the same question by names, and its map over the same picture."""

from typing import Any

from torch import Tensor

from lrp import Backbone
from lrp.attribution import Map
from lrp.walk.objectives import Objective, make_objective, objectives_for
from pages.parts.frame.overlay import laid_over


def laid_over_view(values: Map, size: tuple[int, int], own: Backbone, over: Backbone) -> Map:
    """Returns a map of the network `own` laid over what the network `over` saw of a picture of that size (width, height)."""
    height, width = over.shape or (over.size, over.size)
    return laid_over(values, own.part_seen(size), over.part_seen(size), (width, height))


def objective_in(network: Backbone, predictions: Tensor, objective: Objective, asked: Backbone) -> tuple[Objective, str]:
    """Returns the objective of the network `asked` with the class indices of `network`, and what differs, as a sentence or "".

    A class that it does not know is replaced by its own best, or by its runner-up; predictions: (K,), of `network`.
    """
    known = network.categories
    given: dict[str, Any] = dict(vars(objective))
    best = [*network.kind.foremost(predictions, 2), 0]
    notes = []
    for name in ("target", "versus"):
        if name not in given:
            continue
        wanted = asked.categories[given[name]]
        taken = None if name == "target" else given["target"]
        if wanted in known and known.index(wanted) != taken:
            given[name] = known.index(wanted)
            continue
        given[name] = next(index for index in best if index != taken)
        instead = "so its map explains **{}**" if name == "target" else "so **{}** stands in its place"
        notes.append(f"It does not know **{wanted}**, {instead.format(known[given[name]])}.")
    if "place" in given and given["place"] not in network.stages:
        wanted, stages = given["place"], network.stages
        at = asked.stages.index(wanted) if wanted in asked.stages else len(asked.stages) - 1
        given["place"] = stages[round(at / max(len(asked.stages) - 1, 1) * (len(stages) - 1))]
        notes.append(f"It has no layer called {wanted}, so **{given['place']}** stands in its place.")
    possible = objectives_for(network.head)
    if objective.name in possible:
        return make_objective(objective.name, given), " ".join(notes)
    usual = next(iter(possible.values()))
    notes.append(f"Its outputs are of another kind, so it is asked “{usual.label}”.")
    return make_objective(usual.name, {"target": given.get("target", best[0])}), " ".join(notes)
