"""What the outputs of a network mean: classes that exclude each other, labels each by itself, or predicted numbers."""

from torch import Tensor

HEADS = {
    "softmax": "classes, one of which is in the picture",
    "sigmoid": "labels, each of which is in the picture or not",
    "regression": "predicted numbers",
}  # the kinds of output, and what each output is


def check_head(head: str) -> str:
    """Returns `head` if it is one of HEADS, else raises ValueError."""
    if head not in HEADS:
        raise ValueError(f"head must be one of {', '.join(HEADS)}, got {head!r}")
    return head


def probabilities(logits: Tensor) -> Tensor:
    """The probability of each class, of the shape of `logits`, (N, K) or (K,).

    Several logits are one decision among K classes: softmax. One logit is a sigmoid score: the probability that its class is
    there, below one half where the logit is negative.
    """
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)


def likeliest_classes(probabilities: Tensor, most: int = 5) -> list[int]:
    """Returns the indices of the `most` likeliest classes, or of all if there are fewer; probabilities: (K,)."""
    return [int(index) for index in probabilities.topk(min(most, len(probabilities))).indices]
