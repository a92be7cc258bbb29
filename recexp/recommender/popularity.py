"""Popularity: the floor that every table begins with."""

import numpy as np
import torch
from torch import Tensor

from recexp.recommender.base import Recommender


class Popularity(Recommender):
    """Everyone's score of an item is its number of training interactions."""

    learns = False
    count_N: Tensor

    def __init__(self, *, num_items: int, num_users: int) -> None:
        super().__init__()
        self.register_buffer("count_N", torch.zeros(num_items, dtype=torch.float64))

    def fit(self, item_idx: np.ndarray) -> None:
        count = np.bincount(item_idx, minlength=len(self.count_N) + 1)[1:]
        self.count_N = torch.from_numpy(count).double()

    def score_catalogue(self, user_B: Tensor, history_BL: Tensor, context_BLF: Tensor | None = None) -> Tensor:
        return self.count_N.expand(len(user_B), -1)
