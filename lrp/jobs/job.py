"""What a job does with every picture: the settings that its results depend on, and how they are told."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lrp.files.plain_text import plain_text
from lrp.methods import check_suits
from lrp.methods.method import Method, uses_rules
from lrp.models.backbone import Backbone
from lrp.settings import plain_settings
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import OBJECTIVES

DTYPES = ("float16", "float32")
BATCH, SHARD = 8, 64  # pictures that the network is given at once, and that are written at once

Settings = Mapping[str, Any]  # plain values that JSON can hold


@dataclass(frozen=True, eq=False)
class JobSettings:
    """The settings of a job.

    methods: each with another name. choice: what is explained of each picture; class_from_folder: instead of the predicted class
    that of the picture's label, see `lrp.jobs.labels`. faithfulness: whether deletion and insertion are measured too, which
    take some forty more forward passes a map. dtype: in which maps are kept, one of DTYPES. batch: pictures that the
    network is given at once; shard: pictures that are written at once, and that a killed job may have to do again. channels:
    the module, such as "layer4", of whose channels the relevance is kept too, by methods of LRP; "" for none.
    Raises ValueError for settings outside their limits, and for a method that cannot explain the objective.
    """

    backbone: Backbone
    methods: tuple[Method, ...]
    choice: ObjectiveChoice = field(default_factory=ObjectiveChoice)
    class_from_folder: bool = False
    faithfulness: bool = False
    dtype: str = DTYPES[0]
    batch: int = BATCH
    shard: int = SHARD
    channels: str = ""

    def __post_init__(self) -> None:
        names = [method.name for method in self.methods]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"methods must be at least one, each once, got {', '.join(names) or 'none'}")
        for method in self.methods:
            check_suits(OBJECTIVES[self.choice.name], method)
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {self.dtype!r}")
        if min(self.batch, self.shard) < 1:
            raise ValueError(f"batch and shard must be at least 1, got {self.batch} and {self.shard}")
        if self.channels:
            self.backbone.network.find(self.channels)
            if not self.channel_methods:
                raise ValueError(f"relevance per channel is known of LRP methods only, got {', '.join(names)}")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a map."""
        return self.backbone.shape or (self.backbone.size, self.backbone.size)

    @property
    def channel_methods(self) -> list[str]:
        """The names of the methods whose relevance per channel is kept: those that hand relevance to every layer."""
        return [method.name for method in self.methods if uses_rules(method)] if self.channels else []

    def settings(self) -> Settings:
        """Returns all that the results depend on but the pictures, as plain values."""
        backbone = self.backbone
        channels = {"channels": self.channels} if self.channels else {}  # stores without any are older than these
        return {
            "network": backbone.name, "weights": plain_text(backbone.weights), "weights sha256": backbone.sha256,
            "head": backbone.head, "classes": list(backbone.categories),
            "size": list(self.shape), "margin": backbone.margin, "squash": backbone.squash,
            "interpolation": backbone.interpolation, "mean": backbone.mean.flatten().tolist(),
            "std": backbone.std.flatten().tolist(),
            "objective": asdict(self.choice), "class from folder": self.class_from_folder,
            "methods": [{"method": method.name, **plain_settings(method)} for method in self.methods],
            "faithfulness": self.faithfulness, "dtype": self.dtype, "batch": self.batch, "shard": self.shard,
            **channels,
        }  # fmt: skip


def json_sha256(value: object) -> str:
    """Returns the SHA-256 of plain values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
