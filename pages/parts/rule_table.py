"""Which rule each layer gets, as text."""

from collections.abc import Mapping
from textwrap import TextWrapper

from streamlit.delta_generator import DeltaGenerator

from lrp.composites import table
from lrp.rules import Rule

INDENTED = TextWrapper(34, initial_indent="    ", subsequent_indent="    ")  # letters, as many as a phone shows


def show_rule_table(place: DeltaGenerator, rules: Mapping[str, Rule], narrow: bool) -> None:
    """Draws layers and rules side by side, or in a narrow window each rule below its layer, where columns would be torn."""
    place.text("\n".join(f"{name}\n{INDENTED.fill(str(rule))}" for name, rule in rules.items()) if narrow else table(rules))
