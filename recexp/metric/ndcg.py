"""Normalised discounted cumulative gain."""

import numpy as np

from recexp.metric.base import Metric


class NDCG(Metric):
    """NDCG@k = 1 / log2(rank + 1) if rank <= k else 0; one target, so the ideal is 1 (Jarvelin & Kekalainen, 2002)."""

    name = "ndcg"

    def gain(self, rank: np.ndarray) -> np.ndarray:
        return 1 / np.log2(rank + 1)
