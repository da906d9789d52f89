"""How faithful the maps of a batch are: what the network says while their pictures are taken away and given back."""

from lrp.jobs.batch import BatchResult
from lrp.metrics.curves import area, deletion, insertion
from lrp.metrics.perturbation import Perturbation
from lrp.models.backbone import Backbone
from lrp.walk.class_index import class_tensor
from lrp.walk.objectives import ClassObjective

Curves = dict[str, list[dict[str, float]]]  # method -> for each picture the areas by name


def measured_curves(backbone: Backbone, result: BatchResult) -> Curves:
    """Returns the areas under the deletion and insertion curves of each picture, and the gain, insertion - deletion.

    As `lrp.metrics.faithfulness` has them, without the random orders. {} for an objective that is not about a class.
    """
    if not isinstance(result.objective, ClassObjective):
        return {}
    classes = class_tensor(result.objective.target).expand(len(result.x))
    perturbation = Perturbation()
    shares = perturbation.shares(result.x.shape[-2:])
    found: Curves = {}
    for method, attribution, _ in result.explanations:
        maps = list(attribution.relevance.sum(1).cpu().numpy())
        curves = [measure(backbone, result.x, classes, maps, perturbation) for measure in (deletion, insertion)]
        taken, given = ([area(curve, shares) for curve in each] for each in curves)
        found[method.name] = [{"deletion": d, "insertion": i, "gain": i - d} for d, i in zip(taken, given, strict=True)]
    return found
