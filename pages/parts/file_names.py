"""Names of files and addresses in the page's text, where they come from outside."""

import re

LONGEST = 48  # characters of a name in a sentence


def in_text(name: str, longest: int = LONGEST) -> str:
    """The name as Markdown that reads as it is written, on one line, shortened in its middle."""
    name = " ".join(name.split())
    if len(name) > longest:
        half = (longest - 1) // 2
        name = f"{name[:half]}…{name[-half:]}"
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", name)
