"""The names of the classes of a network: read from .txt, .json and .csv files, and checked."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from lrp.files.regular_file import NotRegular, read_regular
from lrp.files.strict_json import strict_json
from lrp.heads import REGRESSION, SOFTMAX, Head
from lrp.models.hints import TO_INDEX, TO_NAME, ordered_names, said_names

MAX_BYTES = 20_000_000
MAX_LENGTH = 200  # characters of a name
HEADINGS = ("class", "classes", "name", "names", "label", "labels", "category", "class_name", "label_name")  # of a column


def read_class_names(path: Path, count: int) -> list[str]:
    """Returns the `count` names in a file.

    .txt: one a line. .json: a list, or a mapping from index to name or from name to index, also under "id2label". .csv: a column
    of names, or one of indices and one of names, with a heading or without. Raises ValueError with a sentence for anything else.
    """
    shown = path.name if path.name.isprintable() else "the file"
    try:
        text = read_regular(path, MAX_BYTES).decode("utf-8-sig")
    except (NotRegular, FileNotFoundError) as error:
        reason = (error.strerror or "").lower()
        raise ValueError(f"classes must be a text file with one name a line, got {shown}: {reason}") from None
    except (OSError, ValueError):
        raise ValueError(f"classes must be a text file with one name a line, got {shown}, which cannot be read as text") from None
    read = {".json": _of_json, ".csv": _of_csv}.get(path.suffix.lower(), _of_lines)
    try:
        names = read(text)
    except ValueError as error:
        raise ValueError(f"the class names in {shown} cannot be used: {error}") from None
    if len(names) == count + 1 and names[0].casefold() in HEADINGS:
        names = names[1:]
    if len(names) != count:
        raise ValueError(f"{_one_for_each(count)}, got {len(names)} in {shown}")
    return names


def checked_names(names: Sequence[object], count: int) -> tuple[str, ...]:
    """Returns the names of `count` classes, those that occur more than once with their index. Raises ValueError with a sentence.

    A name holds no control characters and no halves of characters, which a page or a terminal could not show.
    """
    if len(names) != count:
        raise ValueError(f"{_one_for_each(count)}, got {len(names)}")
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"the name of class {index} must be a text, got {ascii(name)[:60]}")
        if len(name) > MAX_LENGTH or not name.isprintable():
            raise ValueError(
                f"the name of class {index} must be printable and of at most {MAX_LENGTH} characters, got {ascii(name)[:60]}"
            )
    return told_apart([str(name) for name in names])


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the names, those that occur more than once with their index, until none does."""
    found = list(names)
    while len(set(found)) < len(found):  # ends, since names that got an index last differ from each other
        often = Counter(found)
        found = [f"{name} ({index})" if often[name] > 1 else name for index, name in enumerate(found)]
    return tuple(found)


def _one_for_each(count: int) -> str:
    return f"there must be a name for {'the one class' if count == 1 else f'each of the {count} classes'}"


def placeholders(count: int, head: Head = SOFTMAX) -> tuple[str, ...]:
    """Returns names for outputs that nothing names, such as "class 0", or "positive" for one class that is there or not."""
    if count > 1:
        return tuple(f"{head.output} {index}" for index in range(count))
    return (REGRESSION.output if head is REGRESSION else "positive",)


def placeholders_in_words(names: Sequence[str]) -> str:
    """Returns that these placeholders stand for class names, in words, such as "class names (class 0, class 1, ...)"."""
    return f"class names ({', '.join(names[:2])}{', ...' * (len(names) > 2)})"


def _of_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _of_json(text: str) -> list[str]:
    """The names in a JSON list or mapping; of several texts for a class, as in ImageNet's own file, the last."""
    try:
        found = strict_json(text)
    except ValueError as error:
        raise ValueError(f"it {error}") from None
    if isinstance(found, Mapping) and any(isinstance(found.get(key), Mapping) for key in (*TO_NAME, *TO_INDEX)):
        found = said_names(found)  # a config.json of transformers
    if isinstance(found, list):
        return ordered_names(enumerate(found))
    if not isinstance(found, Mapping):
        raise ValueError("it must be a list of names, or a mapping from or to their indices")
    is_inverted = all(type(value) is int for value in found.values())
    pairs = [(value, key) if is_inverted else (key, value) for key, value in found.items()]
    return ordered_names((index, name[-1] if isinstance(name, list) and name else name) for index, name in pairs)


def _of_csv(text: str) -> list[str]:
    """The names in the last column, in the order of a column of indices if there is one."""
    lines = text.splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator) if any(map(str.strip, row))]
    if not rows or len(rows[0]) == 1:
        return [row[0] for row in rows]
    if not all(cell.isdigit() for cell in rows[0]) and not any(cell.isdigit() for cell in rows[0]):
        rows = rows[1:]  # a heading
    for place in range(len(rows[0]) if rows else 0):
        if all(len(row) > place and row[place].isdecimal() for row in rows):
            others = [[cell for at, cell in enumerate(row) if at != place] for row in rows]
            return ordered_names((row[place], other[-1]) for row, other in zip(rows, others, strict=True))
    return [row[-1] for row in rows]
