"""The label of a picture: what the folder that it lies in says that it shows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from lrp.jobs.listing import SourceFile
from lrp.models.find_class import spaced_lower_case


@dataclass(frozen=True)
class Label:
    """A label as text, "" for none, and the index of the network's class of that name, None if it has none."""

    name: str
    index: int | None


class Labels:
    """Labels of pictures, for a network with these class names.

    A picture's label is the name of its folder, if that lies below the folder that was named or is called as a class is.
    """

    def __init__(self, categories: Sequence[str]) -> None:
        names = [spaced_lower_case(name) for name in categories]
        self._indices = {name: index for index, name in enumerate(names) if names.count(name) == 1}

    def of(self, entry: SourceFile) -> Label:
        """Returns the label of a picture."""
        parent = os.path.basename(os.path.dirname(entry.file))
        index = self._indices.get(spaced_lower_case(entry.folder or parent))
        return Label(entry.folder or ("" if index is None else parent), index)
