"""Which outputs of a network hold logits, and how they lie in them."""

from torch import Tensor


def logits_in(output: Tensor) -> Tensor:
    """`as_logits`, or the output as it is where it holds no logits."""
    return as_logits(output) if _has_logits(output) else output



def as_logits(output: Tensor) -> Tensor:
    """(N, K), the logits that an output of shape (N, K), (N,) or (N, K, 1, 1) holds; one of shape (N,) is one logit each.

    Raises ValueError for an output of another shape, and for one without logits.
    """
    if not _has_logits(output):
        way = "let the model pool it (torch.nn.AdaptiveAvgPool2d(1)) or pick one place, or " if output.dim() > 3 else ""
        raise ValueError(
            f"classes need logits of shape (N, K), or (N,) for a single one, got an output of shape {tuple(output.shape)}; "
            f"{way}explain a whole layer by lrp.Features"
        )
    return output.unsqueeze(1) if output.dim() == 1 else output.flatten(1)



def _has_logits(output: Tensor) -> bool:
    return output.dim() == 1 or (output.dim() > 1 and bool(output.shape[1]) and output.shape[2:].numel() == 1)

