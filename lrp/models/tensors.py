"""Compares the tensors of a file with those of a network, and puts them into it."""

from collections.abc import Mapping

from torch import Tensor, nn

INDEX = "relative_position_index"  # ends the name of the places, in a table, of the position biases of a Swin's window


def load_tensors(model: nn.Module, tensors: Mapping[str, Tensor]) -> nn.Module:
    """Returns `model`, on the meta device, with these tensors in float32, and in eval mode.

    Raises ValueError with half a sentence for values that are not finite and places that lie in no table.
    """
    tensors = {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
    for key, value in tensors.items():
        if not value.isfinite().all():
            raise ValueError(f"{key} holds values that are not finite numbers")
        if key.endswith(INDEX) and not _in_table(value):
            raise ValueError(f"{key} holds places outside of the table of position biases")
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.requires_grad_(False).eval()


def _in_table(places: Tensor) -> bool:
    """Whether the places (window^4,) lie in a table of (2 window - 1)^2."""
    window = round(places.numel() ** 0.25)
    return places.numel() == 0 or bool(places.min() >= 0 and places.max() < (2 * window - 1) ** 2)


def first_difference(expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> str:
    """Returns which tensor is missing, unknown, or of another shape or kind of number, as half a sentence; "" if none is."""
    for key in sorted(expected.keys() | tensors.keys()):
        wanted = _shape_in_words(expected.get(key))
        found = _shape_in_words(tensors.get(key))
        if wanted != found:
            return f"{key} should be {wanted}, but is {found}"
    return ""


def _shape_in_words(tensor: Tensor | None) -> str:
    """The shape and kind of number in words, such as "64 x 3 x 7 x 7"."""
    if tensor is None:
        return "absent"
    kind = "" if tensor.is_floating_point() else " of whole numbers"
    return (" x ".join(map(str, tensor.shape)) or "one number") + kind
