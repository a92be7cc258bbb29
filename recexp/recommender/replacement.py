"""Stochastic shared embeddings: while training, some users and items of the histories are replaced by random ones.

Letters: B rows, L positions.
"""

import torch
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.checks import check_share


class Replacement:
    """Stochastic shared embeddings (Wu et al., NeurIPS 2019) with equal probabilities among all indices (SSE-SE), as in
    SSE-PT (Wu et al., RecSys 2020).

    user: probability of a row to be read with a random user; item: of an item of a history to be read as a random one.
    Targets, negatives and what is ranked stay as they are; the published code replaces targets as well. Padding and
    hidden positions are never replaced. Random choices are drawn from torch's global generator, which is seeded at
    each step; with a probability of 0 nothing is drawn.
    The published run on ML-1M reads a random user for 92 % of the rows (its option `threshold_user` .08 is the
    probability to keep the user).
    """

    def __init__(self, *, num_users: int, num_items: int, user: float, item: float) -> None:
        check_share("recommender.user_replacement", user)
        check_share("recommender.item_replacement", item)
        self.num_users, self.num_items, self.user, self.item = num_users, num_items, user, item

    def __call__(self, histories: Histories) -> Histories:
        user_B, item_BL = histories.user_B, histories.item_BL
        if self.user:
            user_B = replaced(user_B, self.user, 0, self.num_users)
        if self.item:
            item_BL = torch.where(item_BL > 0, replaced(item_BL, self.item, 1, self.num_items + 1), item_BL)
        return histories._replace(user_B=user_B, item_BL=item_BL)


def replaced(index: Tensor, probability: float, first: int, end: int) -> Tensor:
    """Each index with this probability replaced by a random one of first ... end - 1."""
    random = torch.randint(first, end, index.shape, device=index.device)
    return torch.where(torch.rand(index.shape, device=index.device) < probability, random, index)
