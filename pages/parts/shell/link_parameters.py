"""The parameters that the link of a page can have: what people call them, and which values they take."""

from collections.abc import Iterator, Sequence
from dataclasses import Field, fields

from lrp import METHODS, UniformEpsilon
from lrp.datasets.suspicion import CHANGES
from lrp.metrics import MEASURES, Perturbation
from lrp.settings import value_in_words
from lrp.walk.objectives import OBJECTIVES
from pages.parts.canvas.cover import COVERED_KEY, ONLY_KEY, TOGETHER_KEY
from pages.parts.canvas.look import CHOICES, RANGES
from pages.parts.canvas.state import REGION
from pages.parts.choose.averaging import AVERAGED
from pages.parts.choose.catalogue import FAMILIES, published_choices
from pages.parts.choose.class_choice import CLASS
from pages.parts.choose.cropping import CROP
from pages.parts.choose.method_menus import MAPS
from pages.parts.choose.missing_network import NETWORK_FILES
from pages.parts.choose.objective import OBJECTIVE, STAGE, VERSUS
from pages.parts.choose.picture_sources import LINK
from pages.parts.choose.pictures import PICTURE_KEY, SAMPLE
from pages.parts.choose.samples import SAMPLES
from pages.parts.choose.setting_controls import log_stops, options_of, setting_key
from pages.parts.choose.unavailable import DEPTH, OWN, WEIGHTS_KIND
from pages.parts.compare.guided_tour import STEP_KEY
from pages.parts.compare.present import PRESENT
from pages.parts.dataset import choices as dataset_choices
from pages.parts.dataset import explain_folder
from pages.parts.depths.other_network import AGAINST
from pages.parts.faithfulness.choices import MEASURE, SIMILARITY
from pages.parts.frame.menu_keys import (
    CAMERA_METHOD,
    DATASET_METHOD,
    DEPTHS_FIRST,
    DEPTHS_SECOND,
    EPSILON_REFERENCE,
    EPSILON_SWEPT,
    GAMMA_REFERENCE,
    GAMMA_SWEPT,
    LAYERS_METHOD,
    PANELS,
    PLACES,
    network_menu_key,
)
from pages.parts.layers.choices import BARS, BLOCK
from pages.parts.settings.search_controls import COUNT, COUNTS, GOAL, SHIFTS, SOURCE, SOURCES, VIEWS
from pages.parts.sweep.swept import GAMMA_METHODS, SWEPT

LISTED = 9  # up to this number, choices are listed one by one
MENUS = {
    **{key: f"the method of the {place.lower()}" for key, place in zip(PANELS, PLACES, strict=True)},
    DEPTHS_FIRST: "the first method", DEPTHS_SECOND: "the second method", LAYERS_METHOD: "the method",
    EPSILON_REFERENCE: "the map to compare with", GAMMA_REFERENCE: "the map to compare with",
    DATASET_METHOD: "the method of the data set", CAMERA_METHOD: "the method of the camera",
}  # fmt: skip
A_CLASS = "a class of this network"


def link_parameters() -> dict[str, tuple[str, str]]:
    """Returns for each parameter's name what it is about and what values it takes, in words."""
    labels = [method.label for method in METHODS.values()]
    places = list(zip(PANELS, PLACES, strict=True))
    networks = f"{choices_in_words([choice.label for choice in published_choices()])}, or a network of the menu"
    found = {
        SAMPLE.key: ("the sample picture", choices_in_words(list(SAMPLES))), LINK.key: ("the link to a picture", "an address"),
        PICTURE_KEY: ("the fingerprint of an own picture", "letters and digits that the page wrote there"),
        NETWORK_FILES: ("the fingerprints of own networks", "letters and digits that the page wrote there"),
        CROP.key: ("the crop of the picture", "whole, or three per cents: the centre across and down, and the size (10 to 100)"),
        DEPTH.key: ("the network", f"{', '.join(FAMILIES['ResNet'])}, or a name such as VGG-16"),
        WEIGHTS_KIND.key: ("the weights", "Demo, ImageNet"),
        OWN.key: ("your network", "the name of a network in the menu"),
        AGAINST.key: ("the network to compare with", networks),
        **{network_menu_key(key): (f"the network of the {place.lower()}", networks) for key, place in places},
        CLASS.key: ("the explained class", A_CLASS), VERSUS.key: ("the other class", A_CLASS),
        STAGE.key: ("the layer", "a stage of this network"), BLOCK.key: ("the block", "a block of this network"),
        OBJECTIVE.key: ("the question", choices_in_words([kind.label for kind in OBJECTIVES.values()])),
        MAPS.key: ("the maps", f"two or more of the letters {''.join(PANELS)}"),
        "pair": ("the two maps that are compared", f"two of the letters {''.join(PANELS)}"),
        AVERAGED.key: ("the mean over shifted views", "true, false"),
        "common": ("one range for all maps", "true, false"),
        REGION.key: ("the marked region", "left, top, right and bottom in pixels"),
        STEP_KEY: ("the step of the tour", "1 to 4, and none while presenting"),
        PRESENT.key: ("present mode", "true, false"),
        COVERED_KEY: ("the covered shares of maps", "letters of maps with percent, such as b20"),
        ONLY_KEY: ("what the sliders show", "true, false"),
        TOGETHER_KEY: ("whether the sliders move together", "true, false"),
        "zoom": ("the part of the picture that is shown", "how many times larger, and its left and top in pixels"),
        **{name: (name, choices_in_words([value_in_words(value) for value in swept.values])) for name, swept in SWEPT.items()},
        BARS.key: ("the bars", "Blocks, Stages"), SIMILARITY.key: ("how alike maps are", "a measure of its menu"),
        MEASURE.key: ("the measure", choices_in_words([measure.label for measure in MEASURES.values()])),
        GOAL.key: ("what is to be good", "Faithfulness, Localisation, Both"),
        COUNT.key: ("the number of settings", choices_in_words([str(count) for count in COUNTS])),
        VIEWS.key: ("the most shifted views", choices_in_words([str(side) for side in SHIFTS])),
        SOURCE.key: ("the pictures of the search", choices_in_words(SOURCES)),
        **_of_data_sets(),
        **{name: (f"the {name}", choices_in_words(offered)) for name, offered in CHOICES.items()},
        **{name: (f"the display’s {name}", f"{low:g} to {high:g}") for name, (low, high) in RANGES.items()},
        **{key: (label, choices_in_words(labels)) for key, label in MENUS.items()},
    }  # fmt: skip
    return found | dict(_settings())


def _of_data_sets() -> dict[str, tuple[str, str]]:
    return {
        dataset_choices.DATASET.key: ("the data set", "one of its menu"),
        dataset_choices.METHOD.key: ("the stored method", "one of its menu"),
        dataset_choices.VIEW.key: ("what is shown of the data set", choices_in_words(dataset_choices.VIEWS)),
        dataset_choices.CELL.key: ("the cell of the confusion matrix", "one of its menu"),
        dataset_choices.CLUSTERED.key: ("the class of the data set", "one of its menu"),
        dataset_choices.CLUSTER_INPUT.key: ("what is clustered", choices_in_words(dataset_choices.CLUSTER_INPUTS)),
        dataset_choices.GROUPING.key: ("how groups are found", choices_in_words(dataset_choices.GROUPINGS)),
        dataset_choices.GROUP.key: ("the group of pictures", "one of its menu"),
        dataset_choices.THUMBS.key: ("what the scatter draws", choices_in_words(dataset_choices.THUMBNAILS)),
        dataset_choices.CHANGE.key: ("what becomes of the suspected region", choices_in_words(CHANGES)),
        dataset_choices.REGION.key: ("the suspected region", "left, top, right and bottom in pixels"),
        explain_folder.COUNT.key: ("the number of pictures of the data set", choices_in_words(explain_folder.COUNTS)),
        explain_folder.BY_LABEL.key: ("whether the class of the folder is explained", "true, false"),
    }  # fmt: skip


def choices_in_words(choices: Sequence[str]) -> str:
    """Returns the choices in words: all of them if they are few, else the first ones and the last."""
    if len(choices) <= LISTED:
        return ", ".join(choices)
    return f"{', '.join(choices[:3])}, ... {choices[-1]}"


def _settings() -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields the settings of every method in every menu, and those of the faithfulness measure."""
    for key, of in MENUS.items():
        place = f" ({PLACES[list(PANELS).index(key)].lower()})" if key in PANELS else f" ({of.removeprefix('the ')})"
        for method in METHODS.values():
            for setting in fields(method):
                label = f"{setting.metadata['label']} of {method.label}{place}"
                yield setting_key(key, method, setting.name), (label, _values(setting))
    for key, method in ((EPSILON_SWEPT, UniformEpsilon), *((GAMMA_SWEPT, each) for each in GAMMA_METHODS)):
        for setting in fields(method):
            yield setting_key(key, method, setting.name), (setting.metadata["label"], _values(setting))
    for setting in fields(Perturbation):
        yield f"t_{setting.name}", (setting.metadata["label"], _values(setting))


def _values(setting: Field[object]) -> str:
    """Returns the values that the setting's control offers."""
    if isinstance(setting.default, bool):
        return "true, false"
    if setting.metadata["options"]:
        return choices_in_words([value_in_words(option) for option in options_of(setting)])
    if setting.metadata["scale"] == "log":
        return choices_in_words([value_in_words(stop) for stop in log_stops(setting)])
    low, high = setting.metadata["range"]
    return f"{value_in_words(low)} to {value_in_words(high)}"
