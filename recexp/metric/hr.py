"""Hit rate."""

import numpy as np

from recexp.metric.base import Metric


class HitRate(Metric):
    """HR@k = 1 if rank <= k else 0; with one target it equals Recall@k."""

    name = "hr"

    def gain(self, rank: np.ndarray) -> np.ndarray:
        return np.ones(rank.shape)
