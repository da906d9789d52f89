"""Sets the question and the display to what a file of settings says."""

from lrp import Backbone
from lrp.cli.settings_record import ComparisonSettings
from lrp.files.plain_text import plain_text
from lrp.heads import REGRESSION
from lrp.walk.objectives import OBJECTIVES, objectives_for
from pages.parts.canvas.look import box_of, parse_look
from pages.parts.canvas.state import COMPARISON, COVER, LOOK, REGION
from pages.parts.choose.class_choice import CLASS, PREDICTED
from pages.parts.choose.objective import OBJECTIVE, RUNNER_UP, STAGE, VERSUS
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.maps import COLOURS
from pages.parts.frame.state import set_widgets


def set_question(said: ComparisonSettings, network: Backbone) -> list[str]:
    """Sets the controls of class and question; returns what of them this network does not have, a sentence each."""
    values: dict[str, object] = {}
    notes = []
    index = said.choice.target if isinstance(said.choice.target, int) else None
    target = _class_of(network, said, index, said.class_name)
    if target is not None:
        values[CLASS.key] = target
    elif index is not None:
        if network.kind is not REGRESSION:
            values[CLASS.key] = PREDICTED
        notes.append(f"The network on show does not know **{_shown(said.class_name)}**, so its own first choice is explained.")
    if said.choice.versus is not None:
        versus = _class_of(network, said, said.choice.versus, said.versus_name)
        known = versus is not None and versus != target
        values[VERSUS.key] = versus if known else RUNNER_UP
        if not known:
            other = f"**{_shown(said.versus_name)}** cannot be compared with here"
            notes.append(f"{other}, so the likeliest other class stands in its place.")
    if said.choice.name in objectives_for(network.head):
        values[OBJECTIVE.key] = said.choice.name
    else:
        label = OBJECTIVES[said.choice.name].label
        notes.append(f"The network on show cannot be asked “{label}”, so it is asked another question.")
    if said.choice.place in network.stages:
        values[STAGE.key] = said.choice.place
    elif said.choice.place is not None:
        notes.append(f"The network on show has no layer **{_shown(said.choice.place)}**, so another one is explained.")
    set_widgets({key: value for key, value in values.items() if key != CLASS.key or len(network.categories) > 1})
    return notes


def set_look_and_region(said: ComparisonSettings) -> list[str]:
    """Sets how the maps are drawn, and the marked region; returns what cannot be, a sentence each."""
    look = parse_look(dict(said.display, colours=said.scale, photo=said.photo, clip=said.percentile))
    marked = said.region
    region = None if marked is None else box_of((marked.left, marked.top, marked.right, marked.bottom))
    LOOK.set(look)
    COLOURS.set(look.colours)
    REGION.set(region)
    COMPARISON.begin(look, region, cover=COVER.get())
    notes = []
    if look.clip != said.percentile:
        notes.append(f"The strongest colour stands for percentile {look.clip:g}, for the page cannot set {said.percentile:g}.")
    if marked and region is None:
        notes.append("The marked region lies beyond every picture, so none is marked.")
    return notes


def _class_of(network: Backbone, said: ComparisonSettings, index: int | None, name: str) -> str | None:
    """The class in the words of the network: of the same weights by its index, of others by its name; None for an unknown one."""
    if index is None:
        return None
    if network.sha256 == said.network.sha256 and 0 <= index < len(network.categories):
        return network.categories[index]
    return next((each for each in network.categories if plain_text(each) == name), None)


def _shown(name: str) -> str:
    return name_as_markdown(name) or "that class"
