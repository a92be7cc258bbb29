"""Masked softmax: masked positions get weight exactly 0, a row with nothing to keep gets all zeros.

Letters: T query positions, L keys. Masks are bool, True = keep.
"""

import torch
from torch import Tensor


def masked_softmax(logit_TL: Tensor, keep_TL: Tensor) -> Tensor:
    """Softmax over the last axis among the kept entries; a fully masked row gives zeros, never NaN (T16).

    logit_TL: [..., T, L] float; keep_TL: bool, broadcastable to it. Returns [..., T, L].
    """
    lowest = torch.finfo(logit_TL.dtype).min
    weight_TL = logit_TL.masked_fill(~keep_TL, lowest).softmax(dim=-1)
    return weight_TL * keep_TL


def seen_alone(weight_TL: Tensor, keep_TL: Tensor | None) -> Tensor:
    """Weights that need not sum to 1, with 0 where keep_TL (bool) is false. None: causal (T = L)."""
    return weight_TL.tril() if keep_TL is None else weight_TL * keep_TL


def causal_mask(length: int, device: torch.device) -> Tensor:
    """keep_TL, bool [length, length]: query position t sees keys l <= t."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def last_mask(length_B: Tensor, width: int) -> Tensor:
    """keep_BL, bool [B, width]: the first `length` positions of each right-padded row, the first one at least."""
    return torch.arange(width, device=length_B.device) < length_B.clamp(min=1)[:, None]
