"""Popularity: the floor that every table begins with."""

import torch
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.data.training_set import TrainingSet
from recexp.recommender.base import Recommender


class Popularity(Recommender):
    """Everyone's score of an item is its number of training interactions."""

    count_N: Tensor

    def __init__(self, *, num_items: int, num_users: int) -> None:
        super().__init__()
        self.register_buffer("count_N", torch.zeros(num_items, dtype=torch.float64))

    def fit(self, training: TrainingSet) -> None:
        self.count_N = torch.from_numpy(training.item_count()).double()

    def score(self, histories: Histories) -> Tensor:
        return self.count_N.expand(len(histories.user_B), -1)
