"""Finds the logits in the output of a network."""

from torch import Tensor


def logits_or_output(output: Tensor) -> Tensor:
    """Returns `as_logits(output)`, or the output as it is where it holds no logits."""
    return as_logits(output) if _has_logits(output) else output


def as_logits(output: Tensor) -> Tensor:
    """Returns the logits (N, K) of an output of shape (N, K), (N,) or (N, K, 1, 1); shape (N,) means one logit each.

    Raises ValueError for an output of another shape, and for one without logits.
    """
    if not _has_logits(output):
        remedy = "let the model pool it (torch.nn.AdaptiveAvgPool2d(1)) or pick one place, or " if output.dim() > 3 else ""
        raise ValueError(
            f"classes need logits of shape (N, K), or (N,) for a single one, got an output of shape {tuple(output.shape)}; "
            f"{remedy}explain a whole layer by lrp.Features"
        )
    return output.unsqueeze(1) if output.dim() == 1 else output.flatten(1)


def _has_logits(output: Tensor) -> bool:
    return output.dim() == 1 or (output.dim() > 1 and bool(output.shape[1]) and output.shape[2:].numel() == 1)
