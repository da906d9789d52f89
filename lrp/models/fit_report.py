"""What was inferred from a file with a network, what in it was ignored, and what it does not say."""

from dataclasses import dataclass

MAX_NAMES = 8  # that a sentence lists


@dataclass(frozen=True)
class FitReport:
    """How a network was made of a file; `str` is sentences.

    inferred: what the shapes and the file say. ignored: names of what is in the file and not of the network. missing: what
    neither says, with the value that was assumed. multiplications: of one pass over one picture.
    """

    inferred: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    multiplications: int = 0

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """Returns a sentence or more each on what was inferred, ignored and assumed; none for what there is nothing of."""
        sentences = [f"{text[0].upper()}{text[1:]}." for text in self.inferred if text]
        if self.ignored:
            sentences.append(f"Ignored: {listed(self.ignored)}.")
        if self.missing:
            sentences.append(f"Not said, and assumed: {'; '.join(self.missing)}.")
        if self.multiplications:
            sentences.append(f"One pass over a picture takes {self.multiplications / 1e6:,.0f} million multiplications.")
        return sentences


def listed(names: tuple[str, ...]) -> str:
    """Returns names that a file gave, in one line: printable, cut, and counted where there are many."""
    shown = ", ".join(readable(name) for name in names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"


def readable(name: str) -> str:
    """Returns a name that a file gave, with escapes for what cannot be shown, cut after 80 characters."""
    text = name if name.isprintable() else ascii(name)[1:-1]
    return text if len(text) <= 80 else f"{text[:80]}..."
