"""Sets the page to what a file of settings says, in three steps of one run, each before what it sets is drawn.

The picture and the networks come first; what is said of classes, layers and parts of the picture needs them; and which methods
suit the networks of their maps is known when the maps are chosen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from lrp import Backbone
from lrp.cli.settings_record import ComparisonSettings, RecordedMethod, RecordedNetwork
from lrp.files.plain_text import plain_text
from lrp.models.architectures import title
from lrp.models.backbone import PUBLISHED_WEIGHTS
from lrp.pictures.samples import sample_name
from lrp.settings import value_in_words
from pages.parts.choose.averaging import AVERAGED, without_averaging
from pages.parts.choose.backbone import all_choices, network_controls
from pages.parts.choose.method_menus import MAPS, MIN_MAPS
from pages.parts.choose.missing_network import MISSING
from pages.parts.choose.panel_network import PAGES_NETWORK, panel_choice
from pages.parts.choose.pictures import SAMPLE, own_album
from pages.parts.choose.recorded_crop import set_crop
from pages.parts.choose.references import OWN as OWN_PICTURES
from pages.parts.choose.setting_controls import nearest_values, setting_key
from pages.parts.choose.unavailable import DEPTH, OWN, WEIGHTS_KIND, Choice
from pages.parts.compare.loaded_question import set_look_and_region, set_question
from pages.parts.compare.panels import MapPanel
from pages.parts.compare.settings_upload import LOADING, take_settings
from pages.parts.frame.address import forget_opened_address, write_parameter_of_control
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.menu_keys import PANELS, network_menu_key
from pages.parts.frame.network_names import WITH_BOTH
from pages.parts.frame.state import set_widgets


def set_picture_and_networks() -> None:
    """Reads a file that has come, and chooses its picture and networks; to be called before any control is drawn."""
    loading = LOADING.get()
    take_settings(loading)
    if said := loading.settings:
        forget_opened_address()  # or it would have its say where a method comes back
        MISSING.set({})
        loading.notes = [*_choose_picture(own_album(), said), *_choose_networks(said)]


def set_question_and_methods(picture: Picture, network: Backbone) -> None:
    """Sets all else that controls hold, of what the file says; picture: the whole one; network: the one that is shown."""
    loading = LOADING.get()
    if (said := loading.settings) is None:
        return
    loading.notes += [*_other_file(said.network, network, said.prepared), *set_question(said, network)]
    if picture.key == said.key and not set_crop(own_album(), picture, network, said.crop):
        loading.notes.append("The part of the picture is set as near to that of the settings as its sliders go.")
    keys = maps_of(said)
    methods = {key: each.method for key, each in zip(keys, said.methods, strict=False)}
    networks = {key: _as_known(panel_choice(key)) or network for key in methods}
    methods, averaged = without_averaging(methods, networks)
    values: dict[str, object] = {AVERAGED.key: averaged}
    for key, each in zip(methods, said.methods, strict=False):
        values |= nearest_values(key, methods[key])
        if each.pictures.startswith(OWN_PICTURES):
            values |= {setting_key(key, type(each.method), name): OWN_PICTURES for name in _names_of_pictures(each)}
    set_widgets(values)
    MAPS.set(keys)
    loading.notes += set_look_and_region(said)


def note_differences(panels: Iterable[MapPanel]) -> None:
    """Notes what the maps are that the page shows, where they are not those of the file; ends the loading."""
    loading = LOADING.get()
    if said := loading.settings:
        for number, (panel, each, named) in enumerate(zip(panels, said.methods, said.networks, strict=False), start=1):
            loading.notes += _other_method(number, panel, each)
            loading.notes += [] if named is None else _other_file(named, panel.question.backbone, {})
        loading.finish()


def maps_of(said: ComparisonSettings) -> str:
    """Returns the keys of the maps: those that the file names, else the first ones; as many as the page can show."""
    count, named = len(said.methods), said.display.get("maps")
    if isinstance(named, str) and len(named) == count >= MIN_MAPS and named == "".join(key for key in PANELS if key in named):
        return named
    return "".join(PANELS)[: max(MIN_MAPS, count)]


def _choose_picture(album: Album, said: ComparisonSettings) -> list[str]:
    if sample := sample_name(said.key):
        album.close()
        SAMPLE.set(sample)
        return []
    brought = [*([album.picture] if album.picture else []), *album.tray]
    if picture := next((each for each in brought if each.key == said.key), None):
        album.open(picture)
        return []
    part = ", and the part of it that was chosen is left out" if said.crop else ""
    name = name_as_markdown(said.picture)
    return [f"They are about another picture, **{name}**{part}; bring it and load them again to see its maps."]


def _choose_networks(said: ComparisonSettings) -> list[str]:
    values: dict[str, object] = {}
    notes = []
    if choice := _choice_of(said.network):
        values |= _controls_of(choice)
        if DEPTH.key in values:
            write_parameter_of_control(DEPTH.key, None)  # which may stand there for a network of another family
    else:
        notes.append(f"The network **{_named(said.network)}** is not here, so the one on show stays.")
    keys = maps_of(said)
    for number, (key, network) in enumerate(zip(keys, said.networks, strict=False), start=1):
        choice = _choice_of(network) if network else None
        values[network_menu_key(key)] = choice.label if choice else PAGES_NETWORK
        if network and choice is None:
            named = _named(network)
            notes.append(f"The network **{named}** of map {number} is not here, so that map is of the network of the page.")
    if len(said.methods) > len(PANELS):
        notes.append(f"They have {len(said.methods)} maps, of which the page shows the first {len(PANELS)}.")
    if len(said.methods) < MIN_MAPS:
        notes.append("They have one map, and the page compares two at least, so its second one stays.")
    set_widgets(values)
    return notes


def _choice_of(network: RecordedNetwork) -> Choice | None:
    """The network as the page offers it; None where it does not."""
    choices = all_choices().values()
    if network.weights in PUBLISHED_WEIGHTS:
        known = {(title(each.architecture, each.depth), each.weights): each for each in choices if not each.own}
        return known.get((network.network, network.weights))
    return next((each for each in choices if each.own and plain_text(each.own) == network.weights), None)


def _controls_of(choice: Choice) -> dict[str, object]:
    """The values of the controls that choose the network; those alone that have a say."""
    controls: dict[str, object] = dict(network_controls(choice))
    if choice.own:
        return {OWN.key: choice.own}
    if choice.architecture != WITH_BOTH:
        del controls[WEIGHTS_KIND.key]
    if not OWN.is_set:
        del controls[OWN.key]
    return controls


def _named(network: RecordedNetwork) -> str:
    kind = network.weights if network.weights not in PUBLISHED_WEIGHTS else f"{network.network} ({network.weights})"
    return name_as_markdown(kind)


def _as_known(choice: Choice | None) -> Choice | None:
    """The choice with what `Backbone.weights` says of it."""
    return replace(choice, weights=choice.own) if choice and choice.own else choice


def _other_file(said: RecordedNetwork, shown: Backbone, prepared: Mapping[str, object]) -> list[str]:
    """Says that the network of this name is another file, or sees pictures prepared in another way; nothing of other networks."""
    if (shown.name, plain_text(shown.weights)) != (said.network, said.weights):
        return []
    if shown.sha256 != said.sha256:
        return [f"The file of **{_named(said)}** is another one here than that of the settings, so its maps differ."]
    if prepared and shown.preparation != prepared:
        return [f"Pictures are prepared for **{_named(said)}** in another way here than in the settings, so its maps differ."]
    return []


def _names_of_pictures(recorded: RecordedMethod) -> list[str]:
    """The settings that say which pictures the method compares with."""
    return [setting.name for setting in fields(recorded.method) if setting.metadata["pictures"]]


def _other_method(number: int, panel: MapPanel, recorded: RecordedMethod) -> list[str]:
    """Says how the method of a map differs from the one of the file."""
    shown, wanted = panel.question.method, recorded.method
    if type(shown) is not type(wanted):
        return [f"Map {number} shows {shown.label}, for {wanted.label} does not suit its network."]
    of_pictures = _names_of_pictures(recorded)
    notes = []
    for setting in fields(wanted):
        here, there = getattr(shown, setting.name), getattr(wanted, setting.name)
        if setting.name in of_pictures:
            here, there = str(here), recorded.pictures or str(there)
        if here != there:
            said = f"{setting.metadata['label']} of map {number} is {name_as_markdown(value_in_words(here), 100)}"
            notes.append(f"{said}, for the page cannot set {name_as_markdown(value_in_words(there), 100)}.")
    return notes
