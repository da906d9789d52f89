"""The parts of torchvision's Swin transformers that torch.fx takes for single steps, written so that it can follow them.

Windows keep an axis of their own behind that of the pictures, so the first axis counts pictures everywhere.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lrp.network.rewrites.traced import Traced, call

FAR = -100.0  # what torchvision adds to the scores of places that are no neighbours, only moved beside each other


def merge_patches(x: Traced) -> Traced:
    """Computes torchvision's _patch_merging_pad: the four values of each 2 x 2 places (N, H, W, C), beside each other."""
    x = F.pad(x, (0, 0, 0, x.shape[-2] % 2, 0, x.shape[-3] % 2))
    return torch.cat([x[..., i::2, j::2, :] for i, j in ((0, 0), (1, 0), (0, 1), (1, 1))], -1)


def shifted_window_attention(
    input: Traced, qkv_weight: Traced, proj_weight: Traced, relative_position_bias: Traced, window_size: list[int],
    num_heads: int, shift_size: list[int], attention_dropout: float = 0.0, dropout: float = 0.0, qkv_bias: Traced = None,
    proj_bias: Traced = None, logit_scale: Traced = None, training: bool = True,
) -> Traced:  # fmt: skip
    """Computes torchvision's shifted_window_attention of (N, H, W, C), which works in windows of places.

    Raises TypeError in training mode with dropout.
    """
    if training and (attention_dropout or dropout):
        raise TypeError("attention must have no dropout, got training=True")
    (high, wide), size = window_size, window_size[0] * window_size[1]
    count, height, width, channels = (input.shape[i] for i in range(4))
    x = F.pad(input, (0, 0, 0, -width % wide, 0, -height % high))
    shifts = [call(_shift, x.shape[i + 1], window_size[i], shift_size[i]) for i in range(2)]
    if any(shift_size):
        x = torch.roll(x, (-shifts[0], -shifts[1]), (1, 2))
    rows, columns = x.shape[1] // high, x.shape[2] // wide
    windows = x.reshape(count, rows, high, columns, wide, channels).transpose(2, 3).reshape(count, rows * columns, size, channels)

    if logit_scale is not None and qkv_bias is not None:
        qkv_bias = call(_without_keys, qkv_bias)
    qkv = torch.unflatten(F.linear(windows, qkv_weight, qkv_bias), -1, (3, num_heads, channels // num_heads))
    q, k, v = (qkv.select(3, i).transpose(2, 3) for i in range(3))  # (N, windows, heads, places, channels)
    scores = _scores(q, k, logit_scale) + relative_position_bias
    if any(shift_size):
        scores = scores + call(_mask, x.new_zeros(()), x.shape[1], x.shape[2], window_size, *shifts)
    mixed = (torch.softmax(scores, -1) @ v).transpose(2, 3).flatten(-2)
    mixed = F.linear(mixed, proj_weight, proj_bias)

    x = mixed.reshape(count, rows, columns, high, wide, channels).transpose(2, 3)
    x = x.reshape(count, rows * high, columns * wide, channels)
    if any(shift_size):
        x = torch.roll(x, (shifts[0], shifts[1]), (1, 2))
    return x[:, :height, :width, :]


def _scores(q: Traced, k: Traced, logit_scale: Traced) -> Traced:
    """Returns Q K^T / sqrt(D), or the cosines of Swin V2 times exp(min(logit_scale, log 100)), of shape (heads, 1, 1)."""
    if logit_scale is None:
        return (q * q.shape[-1] ** -0.5) @ k.mT
    return F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).mT * call(_factor, logit_scale)


def _factor(logit_scale: Tensor) -> Tensor:
    return logit_scale.clamp(max=math.log(100.0)).exp()


def _without_keys(bias: Tensor) -> Tensor:
    """Returns the bias (3 C,) of queries, keys and values without that of the keys."""
    query, key, value = bias.chunk(3)
    return torch.cat((query, torch.zeros_like(key), value))


def _shift(places: int, window: int, shift: int) -> int:
    """Returns by how many places windows are shifted: by none where one window holds all places."""
    return 0 if window >= places else shift


def _mask(zero: Tensor, height: int, width: int, window: list[int], *shift: int) -> Tensor:
    """Returns what is added to the scores of windows that lie across the picture's border, (windows, 1, places, places)."""
    regions = zero.new_zeros(height, width)
    if any(shift):
        for axis, (length, side, by) in enumerate(zip((height, width), window, shift, strict=True)):
            place = torch.arange(length, device=zero.device)
            # The last window has places of the opposite border behind those of its own.
            region = (place >= length - side).to(zero.dtype) + (place >= length - by)
            regions += region[:, None] * 3 if axis == 0 else region
    rows, columns = height // window[0], width // window[1]
    of_window = regions.view(rows, window[0], columns, window[1]).transpose(1, 2).reshape(rows * columns, -1)
    apart = of_window[:, :, None] != of_window[:, None, :]
    return torch.zeros_like(apart, dtype=zero.dtype).masked_fill_(apart, FAR).unsqueeze(1)
