"""Which k tokens of a memory score highest: of all that are kept, or of those up to each token.

The choice is made without gradients. Among equal scores the later token is chosen, on every device (T3).
Letters: R rows, C candidates, M memory tokens in time order, T positions that ask, k tokens of each choice.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Chosen(NamedTuple):
    """The k tokens of each position for each candidate, in no particular order."""

    token_RCTk: Tensor  # int64, from 0; 0 where there are fewer than k tokens
    keep_RCTk: Tensor  # bool

    def take(self, x_RCM: Tensor) -> Tensor:
        """x_RCTk: x of the chosen tokens. Its gradient reaches the chosen tokens alone."""
        return x_RCM.gather(-1, self.token_RCTk.flatten(2)).unflatten(-1, self.token_RCTk.shape[2:])

    def spread(self, x_RCTk: Tensor, num_tokens: int) -> Tensor:
        """x_RCTM: x at the chosen tokens, 0 elsewhere; x has to be 0 where nothing is kept."""
        zero_RCTM = x_RCTk.new_zeros(*x_RCTk.shape[:-1], num_tokens)
        return zero_RCTM.scatter_add(-1, self.token_RCTk, x_RCTk)


@torch.no_grad()
def top_k(score_RCM: Tensor, keep_RCM: Tensor, k: int) -> Chosen:
    """Among the kept tokens (bool, broadcastable to the scores), T = 1."""
    order_RCM = score_RCM.argsort(dim=-1, stable=True)
    rank_RCM = _ranks(order_RCM).masked_fill(~keep_RCM, -1)
    best_RC1k = rank_RCM.topk(min(k, rank_RCM.shape[-1]), dim=-1).values.unsqueeze(2)
    return _chosen(best_RC1k, order_RCM)


@torch.no_grad()
def running_top_k(score_RCM: Tensor, k: int) -> Chosen:
    """At each token, among the tokens up to it: T = M. O(M k) for a candidate.

    Ranks take the place of scores: no two are equal, and the order of two tokens depends on no third one.
    """
    order_RCM = score_RCM.argsort(dim=-1, stable=True)
    rank_RCM = _ranks(order_RCM)
    tokens = rank_RCM.shape[-1]
    best_RCk = rank_RCM.new_full((*rank_RCM.shape[:-1], min(k, tokens)), -1)
    best = []
    for rank_RC1 in rank_RCM.split(1, dim=-1):
        lowest_RC1, place_RC1 = best_RCk.min(dim=-1, keepdim=True)
        best_RCk = best_RCk.scatter(-1, place_RC1, torch.maximum(lowest_RC1, rank_RC1))
        best.append(best_RCk)
    return _chosen(torch.stack(best, dim=2), order_RCM)


def _ranks(order_RCM: Tensor) -> Tensor:
    """int64: how many tokens come before each in ascending order."""
    place_M = torch.arange(order_RCM.shape[-1], device=order_RCM.device)
    return torch.empty_like(order_RCM).scatter_(-1, order_RCM, place_M.expand_as(order_RCM))


def _chosen(rank_RCTk: Tensor, order_RCM: Tensor) -> Chosen:
    """Of the tokens that have these ranks; rank -1 is no token."""
    keep_RCTk = rank_RCTk >= 0
    token_RCX = order_RCM.gather(-1, rank_RCTk.clamp(min=0).flatten(2))  # X = T * k
    return Chosen(token_RCX.unflatten(-1, rank_RCTk.shape[2:]) * keep_RCTk, keep_RCTk)
