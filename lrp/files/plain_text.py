"""Makes text from outside, such as a file's name, fit to be shown: on one line, every character seen as itself."""

import unicodedata

MAX_NAME_LENGTH = 255  # characters; most file systems allow no longer names
_JOINERS = "\u200c\u200d"  # of which emoji and several scripts are made; they change nothing around them


def plain_text(text: str) -> str:
    """Returns the text on one line, with ? for every character that is not seen as itself.

    Such are control characters (a terminal obeys them), those that turn the direction of writing, invisible ones, halves of
    surrogate pairs (no UTF-8 can hold them; Python has them for bytes of a file's name that are not UTF-8), and unassigned
    ones. Every kind of white space becomes a space.
    """
    return "".join(map(_shown, text))


def plain_name(text: str) -> str:
    """Returns the name of a file as `plain_text`, shortened in its middle to MAX_NAME_LENGTH characters."""
    return shortened(plain_text(text), MAX_NAME_LENGTH)


def shortened(text: str, longest: int) -> str:
    """Returns the text with … in place of its middle if it has more than `longest` characters."""
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return character if unicodedata.category(character)[0] != "C" or character in _JOINERS else "?"
