"""Recommenders that score an item by its weights to the items that the user has: s = x W.

Letters: B rows, U users, N items.
"""

from abc import abstractmethod

import numpy as np
import torch
from scipy.sparse import csr_array, issparse
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError
from recexp.recommender.base import Recommender
from recexp.recommender.profiles import interaction_matrix, profiles, sparse_float32


class ItemSimilarity(Recommender):
    """score_BN = x_BN W_NN, with x of `profiles`. A subclass implements `item_weights`, which finds W from X."""

    weight_NN: Tensor  # float32, transposed; dense or sparse

    def __init__(self, *, num_items: int, num_users: int) -> None:
        super().__init__()
        self.register_buffer("weight_NN", torch.zeros(num_items, 1).expand(num_items, num_items))

    @abstractmethod
    def item_weights(self, interactions: csr_array) -> np.ndarray | csr_array:
        """W_NN, dense or sparse: row j, column i tells what having item j + 1 adds to the score of item i + 1.

        interactions: X_UN of `interaction_matrix`.
        """

    def fit(self, training: TrainingSet) -> None:
        weight_NN = self.item_weights(interaction_matrix(training)).T
        self.weight_NN = sparse_float32(weight_NN) if issparse(weight_NN) else torch.from_numpy(weight_NN).float()

    def score(self, histories: Histories) -> Tensor:
        x_BN = profiles(histories, len(self.weight_NN), self.weight_NN.dtype)
        return (self.weight_NN @ x_BN.T).T


def check_dense_matrices(name: str, num_items: int, *, matrices: int, max_memory_gb: float) -> None:
    """Raises ConfigError where `matrices` float64 matrices [N, N], all held at a time, do not fit `max_memory_gb`."""
    needed_gb = 8 * matrices * num_items**2 / 1e9
    if needed_gb > max_memory_gb:
        raise ConfigError(
            f"recommender={name}: got a catalogue of {num_items:,} items, for which {matrices} matrices of items by "
            f"items need {needed_gb:,.1f} GB, expected at most {max_memory_gb:g} (recommender.max_memory_gb). Raise "
            "it, leave out rare items with dataset.k_core, or choose recommender=item_knn, which keeps few weights"
        )
