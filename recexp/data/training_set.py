"""The training set as a whole: what closed-form recommenders are fitted to and losses count."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Every training interaction, sorted by user and time; whole histories, never cut to a window.

    user: int32 [m], from 0; item: int32 [m], from 1; time: [m] in the unit of the dataset, None where it has none.
    target: int32 [k], the item of every target of an epoch.
    """

    num_users: int
    num_items: int
    user: np.ndarray
    item: np.ndarray
    time: np.ndarray | None
    target: np.ndarray

    def item_count(self) -> np.ndarray:
        """int64 [N]: training interactions of items 1 ... N."""
        return np.bincount(self.item, minlength=self.num_items + 1)[1:]

    def target_count(self) -> np.ndarray:
        """int64 [N]: how often each item is a target in an epoch."""
        return np.bincount(self.target, minlength=self.num_items + 1)[1:]
