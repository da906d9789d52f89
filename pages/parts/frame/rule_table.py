"""Draws which rule each layer gets: in words for parts of the network, and exactly for every layer."""

from collections.abc import Mapping
from textwrap import TextWrapper

from streamlit.delta_generator import DeltaGenerator

from lrp.methods.composites import table
from lrp.network.graph import Network
from lrp.rules.rule_base import Rule
from pages.parts.frame.rule_words import rules_by_group

INDENTED = TextWrapper(34, initial_indent="    ", subsequent_indent="    ")  # letters, as many as a phone shows


def show_rule_table(place: DeltaGenerator, network: Network, rules: Mapping[str, Rule], narrow: bool) -> None:
    """Draws a table of the rules in words, and in an expander the rule of each layer, in a narrow window below its name."""
    rows = [f"| {where} | {rule} |" for where, rule in rules_by_group(network, rules)]
    place.markdown("\n".join(["| Where | How relevance is shared out |", "| --- | --- |", *rows]))
    exact = place.expander("Every layer, as the program has it")
    exact.text("\n".join(f"{name}\n{INDENTED.fill(str(rule))}" for name, rule in rules.items()) if narrow else table(rules))
