"""What the outputs of a network mean: classes that exclude each other, labels each by itself, or predicted numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Head:
    """One kind of output.

    name: its key in HEADS. meaning: what its outputs are. output, noun: what one of them, and a prediction of it, is called.
    column: the key of a prediction in tables and records. function: logits (..., K) to predictions of that shape.
    """

    name: str
    meaning: str
    output: str
    noun: str
    column: str
    function: Callable[[Tensor], Tensor]

    def predictions(self, logits: Tensor) -> Tensor:
        """Returns what the network says, of the shape of `logits`, (N, K) or (K,): probabilities, scores of 0 to 1, or values."""
        return self.function(logits)

    def best(self, predictions: Tensor) -> int:
        """Returns the output to explain where none is chosen: the likeliest class, or the first value.

        predictions: (K,), or the logits, which have the same order.
        """
        return 0 if self is REGRESSION else int(predictions.argmax())

    def foremost(self, predictions: Tensor, most: int = 5) -> list[int]:
        """Returns the outputs to name first, at most `most`: the likeliest classes, or the first values; predictions: (K,)."""
        if self is REGRESSION:
            return list(range(min(most, len(predictions))))
        return [int(index) for index in predictions.topk(min(most, len(predictions))).indices]

    def count_text(self, count: int) -> str:
        """Returns how many outputs there are, such as "3 classes" or "1 label"."""
        plural = f"{self.output}es" if self.output.endswith("s") else f"{self.output}s"
        return f"{count} {self.output if count == 1 else plural}"

    def text(self, prediction: float, percents: int = 0, decimals: int = 2) -> str:
        """Returns a prediction in words, such as "87%", "score 0.87" or "34.21".

        percents, decimals: the places after the point of a percentage and of a score.
        """
        if self is SOFTMAX:
            return f"{prediction:.{percents}%}"
        return f"score {prediction:.{decimals}f}" if self is SIGMOID else value_text(prediction)


SOFTMAX = Head(
    "softmax", "classes that exclude each other", "class", "probability", "probability", lambda logits: logits.softmax(-1)
)
SIGMOID = Head(
    "sigmoid", "labels, each of which is there or not", "label", "score", "probability", lambda logits: logits.sigmoid()
)
REGRESSION = Head("regression", "predicted values", "value", "value", "value", lambda logits: logits)
HEADS = {head.name: head for head in (SOFTMAX, SIGMOID, REGRESSION)}


def check_head(name: str) -> str:
    """Returns `name` if it is one of HEADS, else raises ValueError."""
    if name not in HEADS:
        raise ValueError(f"head must be one of {', '.join(HEADS)}, got {name!r}")
    return name


def head_of(name: str, outputs: int) -> Head:
    """Returns the head of that name with so many outputs: where there is one class, it is there or not."""
    return SIGMOID if name == SOFTMAX.name and outputs == 1 else HEADS[name]


def value_text(value: float) -> str:
    """Returns a predicted value with four significant digits; large ones as whole numbers."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
