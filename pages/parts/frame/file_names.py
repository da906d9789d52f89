"""Names of files and addresses from outside as Markdown that shows them letter by letter."""

import re

from lrp.files.plain_text import plain_text, shortened

MAX_LENGTH = 48  # characters of a name in a sentence
JOINER = "\u2060"  # invisible, and no part of a word


def as_markdown(text: str) -> str:
    """Returns the text escaped for a page's Markdown: no markup, no link, no picture, no sign in place of its letters."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&@=^/]|^-|(?:(?<=^\d)|(?<=^\d\d))\.)", r"\\\1", plain_text(text))
    # Links and Streamlit's own :material/...:, :cat:, -- and -> are found once the backslashes are gone.
    return re.sub(r"(\\[:@]|www(?=\.)|(?:\\[<>~]|-)(?=\\[<>=]|-))", rf"\1{JOINER}", escaped, flags=re.IGNORECASE)


def name_as_markdown(name: str, longest: int = MAX_LENGTH) -> str:
    """Returns the name as `as_markdown`, without repeated spaces and shortened in its middle to `longest` characters."""
    return as_markdown(shortened(" ".join(plain_text(name).split()), longest))


def address_as_markdown(address: str, longest: int = 100) -> str:
    """Returns the address as Markdown code, which cannot be clicked: it may come from a stranger."""
    return f"`{shortened(' '.join(plain_text(address).split()), longest).replace('`', '%60')}`"
