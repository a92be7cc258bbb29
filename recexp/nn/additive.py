"""Additive logits of every pair of a query and a key, without a tensor of all their hidden layers.

Letters: B rows, T queries, L keys, A size of the hidden layer.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from recexp.nn.chunking import rows_per_chunk


def additive_logits(
    query_BTA: Tensor, key_BLA: Tensor, weight_A: Tensor, activation: Callable[[Tensor], Tensor]
) -> Tensor:
    """logit_BTL = sum over a of weight_a * activation(query_ta + key_la).

    O(B T L A) time. The hidden layers [b, T, L, A] exist for a chunk of b rows only: the backward pass computes them
    once more, so that none is kept.
    """
    rows = rows_per_chunk(query_BTA.shape[1] * key_BLA[0].numel(), query_BTA.device)

    def logits(query_bTA: Tensor, key_bLA: Tensor, weight_A: Tensor) -> Tensor:
        return activation(query_bTA.unsqueeze(-2) + key_bLA.unsqueeze(-3)) @ weight_A

    parts = zip(query_BTA.split(rows), key_BLA.split(rows), strict=True)
    return torch.cat([_recomputed(logits, query, key, weight_A) for query, key in parts])


def _recomputed(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """function(*tensors), whose intermediates are computed once more in the backward pass."""
    found: Tensor = checkpoint(function, *tensors, use_reentrant=False, preserve_rng_state=False)
    return found
