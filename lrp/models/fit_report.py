"""What was inferred from a file with a network, what in it was ignored, and what it does not say."""

from dataclasses import dataclass

MAX_NAMES = 8  # that a sentence lists
MAX_LENGTH, MAX_REASON = 80, 500  # characters of a name and of a reason
ONE_OUTPUT = "a label that is there or not, by sigmoid (for a predicted value say head regression)"
SEVERAL_OUTPUTS = "classes that exclude each other (softmax)"


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
            sentences.append(f"Ignored: {names_in_line(self.ignored)}.")
        if self.missing:
            sentences.append(f"Not said, and assumed: {'; '.join(self.missing)}.")
        if self.multiplications:
            sentences.append(f"One pass over a picture takes {self.multiplications / 1e6:,.0f} million multiplications.")
        return sentences


def names_in_line(names: tuple[str, ...]) -> str:
    """Returns names that a file gave, in one line: printable, cut, and counted where there are many."""
    shown = ", ".join(readable(name) for name in names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"


def readable(text: str, most: int = MAX_LENGTH) -> str:
    """Returns text that a file gave, with escapes for what cannot be shown, cut after `most` characters."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= most else f"{shown[:most]}..."


def sentence(name: str, reason: str) -> str:
    """Returns the sentence that the file `name` cannot be used for `reason`, half a sentence."""
    return f"{readable(name)} cannot be used: {readable(reason.rstrip('.'), MAX_REASON)}."
