"""Escapes names of files and addresses from outside for the Markdown of a page."""

import re

MAX_LENGTH = 48  # characters of a name in a sentence


def name_as_markdown(name: str, longest: int = MAX_LENGTH) -> str:
    """Returns the name escaped for Markdown, on one line, shortened in its middle to `longest` characters."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", _shortened(name, longest))


def address_as_markdown(address: str, longest: int = 100) -> str:
    """Returns the address as Markdown code, which cannot be clicked: it may come from a stranger."""
    return f"`{_shortened(address, longest).replace('`', '%60')}`"


def _shortened(text: str, longest: int) -> str:
    text, half = " ".join(text.split()), (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
