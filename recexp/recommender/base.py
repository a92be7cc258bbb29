"""What a recommender is: it scores the whole catalogue for a batch of histories.

Letters: B batch, L history, F features of the moment, N items.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from torch import Tensor, nn

from recexp.errors import ConfigError
from recexp.features.choice import Features
from recexp.fusion.base import Fusion


class Recommender(nn.Module, ABC):
    """Knows no metric. Learning recommenders add what a loss needs: see `AttentiveRecommender`.

    learns: whether gradient steps train it; a run of one that does not is the same whatever the training's options.
    """

    learns: ClassVar[bool] = True

    def fit(self, item_idx: np.ndarray) -> None:
        """Closed-form fitting before any gradient step. item_idx: int32 [n], every training interaction's item."""

    def add_features(self, features: Features, fusion: Callable[..., Fusion]) -> None:
        """Reads features too, from now on. Raises ConfigError where the recommender can do nothing with them."""
        raise ConfigError(
            f"features: got {', '.join(features.names())}, but {type(self).__name__} learns from ids alone; set "
            "features=[], or recommender=attentive"
        )

    @abstractmethod
    def score_catalogue(self, user_B: Tensor, history_BL: Tensor, context_BLF: Tensor | None = None) -> Tensor:
        """score_BN of items 1 ... N given right-padded histories (int64, 0 = padding); column j is item j + 1.

        context_BLF: codes of each interaction's moment (int64, 0 = padding) where features of the time were added.
        """
