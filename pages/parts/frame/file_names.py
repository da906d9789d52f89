"""Names of files and addresses in the page's text, where they come from outside."""

import re

MAX_LENGTH = 48  # characters of a name in a sentence


def name_as_markdown(name: str, longest: int = MAX_LENGTH) -> str:
    """The name as Markdown that reads as it is written, on one line, shortened in its middle."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", _shortened(name, longest))


def address_as_markdown(address: str, longest: int = 100) -> str:
    """The address as Markdown that is no link, for what a stranger's link holds is not to be pressed."""
    return f"`{_shortened(address, longest).replace('`', '%60')}`"


def _shortened(text: str, longest: int) -> str:
    text, half = " ".join(text.split()), (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
