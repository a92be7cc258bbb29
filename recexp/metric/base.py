"""What a ranking metric is: a gain for each rank, averaged over the places a tie can take.

Letters: B users, N candidates.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np


class Metric(ABC):
    """One held-out target a user. The value of a user is the expectation under random order inside its tie (T1, T3).

    at_k: whether the metric has a cut-off; its key is then `name@k`.
    """

    name: str
    at_k = True

    @abstractmethod
    def gain(self, rank: np.ndarray) -> np.ndarray:
        """The value of a target at each 1-based rank (float64 or int64, any shape), before the cut-off."""

    def cutoffs(self, ks: Sequence[int]) -> dict[str, int | None]:
        """Key of each value -> its cut-off."""
        return {f"{self.name}@{k}": k for k in ks} if self.at_k else {self.name: None}

    def per_user(self, higher_B: np.ndarray, equal_B: np.ndarray, k: int | None = None) -> np.ndarray:
        """float64 [B]: mean gain of ranks higher + 1 ... higher + equal + 1, those above k counting 0.

        higher_B: candidates that score strictly higher; equal_B: other candidates that score the same; int64.
        """
        last = int((higher_B + equal_B).max(initial=0)) + 1
        last = last if k is None else min(last, k)
        cumulative = np.concatenate([[0.0], np.cumsum(self.gain(np.arange(1, last + 1)), dtype=np.float64)])
        before, through = np.minimum(higher_B, last), np.minimum(higher_B + equal_B + 1, last)
        return (cumulative[through] - cumulative[before]) / (equal_B + 1)
