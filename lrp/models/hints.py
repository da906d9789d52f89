"""What a training program stored beside the weights of a network: its class names and its name."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

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
        if isinstance(value, Mapping):
            with suppress(ValueError):
                return ordered_names(value.items() if key in TO_NAME else _inverted(value).items())
    return None


def said_names(content: Mapping[str, object]) -> object:
    """Returns what stands under the first of the usual keys for class names, not validated; None if there is nothing.

    A mapping is one from the index.
    """
    key = next((key for key in (*LISTS, *TO_NAME, *TO_INDEX) if content.get(key)), None)
    value = content.get(key or "")
    return _inverted(value) if key in TO_INDEX and isinstance(value, Mapping) else value


def ordered_names(pairs: Iterable[tuple[object, object]]) -> list[str]:
    """Returns the names of pairs of an index (0, 1, 2, ..., also as text) and a name, in order.

    Raises ValueError with half a sentence for indices that repeat, leave some out or are none, and for names that are no text.
    """
    entries = list(pairs)
    if not 0 < len(entries) <= MAX_CLASSES:
        raise ValueError(f"it has {len(entries):,} names, and may have 1 to {MAX_CLASSES:,}")
    if other := [index for index, _ in entries if isinstance(index, bool) or not _is_index(str(index))]:
        raise ValueError(f"its indices must be 0, 1, 2 and so on, and one is {ascii(other[0])[:40]}")
    indices = [int(str(index)) for index, _ in entries]
    expected = f"its indices must be 0 to {len(entries) - 1}, one for each of its {len(entries)} names"
    index, count = Counter(indices).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{expected}, and {index} occurs {count} times")
    if (index := max(indices)) >= len(entries):
        raise ValueError(f"{expected}, and one is {index}" + ", since they begin at 1" * (0 not in indices and min(indices) == 1))
    by_index = {int(str(index)): name for index, name in entries}
    names = [name for _, name in sorted(by_index.items()) if isinstance(name, str)]
    if len(names) != len(entries):
        index = next(index for index in indices if not isinstance(by_index[index], str))
        raise ValueError(f"the name of index {index} must be a text, and is {ascii(by_index[index])[:40]}")
    return names


def _is_index(text: str) -> bool:
    return text.isdecimal() and len(text) < 20


def _inverted(mapping: Mapping[object, object]) -> dict[object, object]:
    return {value: key for key, value in mapping.items() if isinstance(value, int)}


def _as_mapping(value: object) -> Mapping[str, object]:
    """A dictionary, or the attributes of parsed arguments; empty for anything else."""
    if isinstance(value, Namespace):
        return vars(value)
    return value if isinstance(value, Mapping) else {}
