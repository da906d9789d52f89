"""What a training program stored beside the weights of a network: its class names and its name."""

from argparse import Namespace
from collections.abc import Mapping

LISTS = ("categories", "classes", "class_names", "label_names", "labels")  # names in order
TO_INDEX = ("class_to_idx", "label2id")  # name -> index
TO_NAME = ("idx_to_class", "id2label")  # index -> name
ARCHITECTURES = ("architecture", "arch", "model_name")
PLACES = ("hyper_parameters", "hparams", "args", "config", "meta")  # dictionaries in which these are too
MAX_CLASSES = 100_000


def hints_of(content: object) -> dict[str, object]:
    """Returns "categories", a list of names, and "architecture", a name, as far as the dictionary `content` says them."""
    if not isinstance(content, Mapping):
        return {}
    found: dict[str, object] = {}
    for place in (content, *(_as_mapping(content.get(key)) for key in PLACES)):
        names = class_names_in(place)
        name = next((place[key] for key in ARCHITECTURES if isinstance(place.get(key), str)), None)
        found |= {"categories": names} if names and "categories" not in found else {}
        found |= {"architecture": name} if name and "architecture" not in found else {}
    return found


def class_names_in(content: Mapping[str, object]) -> list[str] | None:
    """Returns the names in a list or in a mapping from or to the index, under one of the usual keys; None if there are none."""
    for key in LISTS:
        value = content.get(key)
        if isinstance(value, list | tuple) and 0 < len(value) <= MAX_CLASSES and all(isinstance(name, str) for name in value):
            return list(value)
    for key in (*TO_NAME, *TO_INDEX):
        value = content.get(key)
        if isinstance(value, Mapping) and (names := names_by_index(value if key in TO_NAME else _inverted(value))):
            return names
    return None


def names_by_index(names: Mapping[object, object]) -> list[str] | None:
    """Returns the names of a mapping from 0, 1, 2, ... (or the same as text) to names, in order; None for any other."""
    try:
        by_index = {int(str(index)): name for index, name in names.items()}
    except ValueError:
        return None
    if not 0 < len(names) <= MAX_CLASSES or sorted(by_index) != list(range(len(names))):
        return None
    ordered = [by_index[index] for index in range(len(names))]
    return [name for name in ordered if isinstance(name, str)] if all(isinstance(name, str) for name in ordered) else None


def _inverted(mapping: Mapping[object, object]) -> dict[object, object]:
    return {value: key for key, value in mapping.items() if isinstance(value, int)}


def _as_mapping(value: object) -> Mapping[str, object]:
    """A dictionary, or the attributes of parsed arguments; empty for anything else."""
    if isinstance(value, Namespace):
        return vars(value)
    return value if isinstance(value, Mapping) else {}
