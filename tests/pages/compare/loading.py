"""How a test hands a file of settings to the page, and reads what is said of it."""

import json
from collections.abc import Callable
from typing import Any

import lrp
from lrp.display.colours import SCALES
from tests.pages.helpers import EPSILON, ending
from tests.visitor import Visitor

Files = dict[str, Callable[[], bytes]]
CHANGED = {
    "sample": "Rocket", "class": "fox", "depth": "34", "maps": "abd", "a": lrp.Saliency.label, "b": lrp.GradCAM.label,
    "d": lrp.EpsilonPlus.label, "region": "1,2,9,8", "photo": "0.1", "colours": list(SCALES)[1], "crop": "whole", "view": "wipe",
    EPSILON: "0.025",
}  # fmt: skip


def handed_out(files: Files) -> Any:
    return json.loads(ending(files, ".json"))


def load(visitor: Visitor, record: Any, name: str = "settings.json") -> Visitor:
    """Opens the fold and hands in a file: bytes as they are, else as JSON."""
    visitor.open_fold("load settings")
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    control(visitor).set_value((name, data, "application/json"))
    return visitor.run().wait()


def control(visitor: Visitor) -> Any:
    return next(each for each in visitor.at.file_uploader if each.label == "Settings of a comparison")


def said(visitor: Visitor) -> list[str]:
    """What is said of the file that was loaded: that it was, and what of it could not be."""
    (found,) = (info.value for info in visitor.at.info if info.value.startswith("The settings of"))
    first, *others = found.split("  \n")
    assert all(sentence.endswith(".") for sentence in (first, *others))
    return others
