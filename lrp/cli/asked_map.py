"""What one map of a comparison was asked, from which commands and scripts are written that compute it once more."""

from dataclasses import Field, dataclass, fields
from typing import Any

from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.pictures.picture_set import PictureSet
from lrp.walk.objectives import Objective

REFERENCES = "references"  # the folder for the pictures that a method compares with


@dataclass(frozen=True, eq=False)
class AskedMap:
    """The network, objective and method of one map.

    objective: each class in it is one index. brought: whether the network came as a file with settings given beside it, which
    have to be given again.
    """

    backbone: Backbone
    objective: Objective
    method: Method
    brought: bool = False

    @property
    def published(self) -> bool:
        """Whether its network is loaded by architecture, depth and kind of weights, and not from a file."""
        return self.backbone.published

    @property
    def references(self) -> PictureSet | None:
        """The pictures of somebody's own that the method compares with."""
        return next((value for value in vars(self.method).values() if isinstance(value, PictureSet)), None)


def settings_of(method: Method) -> dict[str, tuple[Field[Any], object]]:
    """Returns each setting of a method by name, with its value."""
    return {setting.name: (setting, getattr(method, setting.name)) for setting in fields(method)}
