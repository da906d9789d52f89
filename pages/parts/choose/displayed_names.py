"""Names that a file gave to a network and its classes, in letters that a page's Markdown does not read as markup."""

from dataclasses import replace
from pathlib import Path

from lrp import Backbone
from lrp.models.class_names import told_apart
from lrp.models.network_folder import CHECKPOINTS

# Class names stand in many sentences, labels and links of the pages, of which Markdown would make links, pictures and formulas.
NETWORK_SUFFIXES = (".safetensors", *CHECKPOINTS)
LOOK_ALIKES = str.maketrans("*[]<>`$~:|\\#", "∗［］‹›ʼ＄∼∶∣⧵＃")


def with_displayed_names(network: Backbone, name: str) -> Backbone:
    """Returns the network, called `name`, with the names of its classes as the pages can show them."""
    stem = Path(name).stem if Path(name).suffix.lower() in NETWORK_SUFFIXES else name
    title = f"{stem} ({network.name})".translate(LOOK_ALIKES)
    categories = told_apart([each.translate(LOOK_ALIKES) for each in network.categories])
    return replace(network, weights=name, title=title, categories=categories)
