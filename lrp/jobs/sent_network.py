"""A network as values that can be sent to another machine, which builds it again there."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from lrp.models.backbone import Backbone
from lrp.models.network_source import NetworkSource


@dataclass(frozen=True)
class SentNetwork:
    """A network as values that can be sent.

    source: where it comes from. weights, title, categories: as in the network, where its file does not say that. folder: in
    which relative names of files are found.
    """

    source: NetworkSource
    weights: str
    title: str
    categories: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, backbone: Backbone, source: NetworkSource) -> "SentNetwork":
        """Returns what is sent of a network that comes from `source`."""
        return cls(source, backbone.weights, backbone.title, backbone.categories, Path.cwd())

    def load(self) -> Backbone:
        """Builds the network, in its folder, where the process then is. Raises as `NetworkSource.load`, and OSError."""
        os.chdir(self.folder)
        return replace(self.source.load(), weights=self.weights, title=self.title, categories=self.categories)
