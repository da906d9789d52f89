"""What logits mean as probabilities: one definition for the engine, its metrics, the command line and the pages."""

from torch import Tensor


def probabilities(logits: Tensor) -> Tensor:
    """The probability of each class, of the shape of `logits`, (N, K) or (K,).

    Several logits are one decision among K classes: softmax. One logit is a sigmoid score: the probability that its class is
    there, below one half where the logit is negative.
    """
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)


def likeliest_classes(probabilities: Tensor, most: int = 5) -> list[int]:
    """Returns the indices of the `most` likeliest classes, or of all if there are fewer; probabilities: (K,)."""
    return [int(index) for index in probabilities.topk(min(most, len(probabilities))).indices]
