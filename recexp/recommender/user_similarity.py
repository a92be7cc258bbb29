"""Recommenders that ask the users most similar to a history: s = sum over neighbors v of sim(history, v) x_v.

Letters: B rows, U users, N items, K neighbors.
"""

from abc import abstractmethod

import torch
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.checks import check_whole
from recexp.data.training_set import TrainingSet
from recexp.recommender.base import Recommender, best
from recexp.recommender.profiles import interaction_matrix, sparse_float32

CHUNK_ELEMENTS = 1 << 24  # similarities of histories and users that are held at a time


class UserSimilarity(Recommender):
    """The num_neighbors users whose training items are most like the history vote for what they have.

    A history's own user is no neighbor. Equally similar users count in the order of their indices. A subclass
    implements `similarity`. Memory: the training interactions, twice, and a bounded number of similarities.
    """

    item_UN: Tensor  # X, sparse, float32
    user_NU: Tensor  # its transpose
    count_U: Tensor  # items of each user

    def __init__(self, *, num_items: int, num_users: int, num_neighbors: int) -> None:
        super().__init__()
        check_whole("recommender.num_neighbors", num_neighbors, least=1)
        self.num_items, self.num_neighbors = num_items, num_neighbors
        for name in ("item_UN", "user_NU", "count_U"):
            self.register_buffer(name, torch.zeros(0))

    def fit(self, training: TrainingSet) -> None:
        interactions = interaction_matrix(training)
        self.item_UN, self.user_NU = sparse_float32(interactions), sparse_float32(interactions.T)
        self.count_U = torch.from_numpy(interactions.sum(axis=1)).float()

    @abstractmethod
    def similarity(self, histories: Histories) -> Tensor:
        """sim_BU, at least 0, of each history and each user's training items."""

    def score(self, histories: Histories) -> Tensor:
        rows = max(1, CHUNK_ELEMENTS // len(self.count_U))
        starts = range(0, len(histories.user_B), rows)
        return torch.cat([self._votes(histories.rows(slice(start, start + rows))) for start in starts])

    def _votes(self, histories: Histories) -> Tensor:
        """score_BN of a chunk."""
        user_U = torch.arange(len(self.count_U), device=self.count_U.device)
        similar_BU = self.similarity(histories).masked_fill(histories.user_B[:, None] == user_U, 0)
        neighbors = best(similar_BU, self.num_neighbors)
        vote_BU = torch.zeros_like(similar_BU).scatter_(1, neighbors.item_Bk - 1, neighbors.score_Bk)
        return (self.user_NU @ vote_BU.T).T
