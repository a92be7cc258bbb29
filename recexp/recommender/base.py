"""What a recommender is: it scores the whole catalogue for a batch of histories.

Letters: B batch, L history, N items.
"""

from abc import ABC, abstractmethod

import numpy as np
from torch import Tensor, nn


class Recommender(nn.Module, ABC):
    """Knows no metric. Learning recommenders add what a loss needs: see `AttentiveRecommender`."""

    def fit(self, item_idx: np.ndarray) -> None:
        """Closed-form fitting before any gradient step. item_idx: int32 [n], every training interaction's item."""

    @abstractmethod
    def score_catalogue(self, user_B: Tensor, history_BL: Tensor) -> Tensor:
        """score_BN of items 1 ... N given right-padded histories (int64, 0 = padding); column j is item j + 1."""
