"""What a loss may know of the training set before it learns from it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """user, item: int32 [m], of every training interaction. target: int32 [k], the item of every target of an epoch."""

    num_items: int
    user: np.ndarray
    item: np.ndarray
    target: np.ndarray

    def item_count(self) -> np.ndarray:
        """int64 [N]: training interactions of items 1 ... N."""
        return np.bincount(self.item, minlength=self.num_items + 1)[1:]

    def target_count(self) -> np.ndarray:
        """int64 [N]: how often each item is a target in an epoch."""
        return np.bincount(self.target, minlength=self.num_items + 1)[1:]
