"""Mean reciprocal rank."""

import numpy as np

from recexp.metric.base import Metric


class MRR(Metric):
    """MRR = 1 / rank, without a cut-off."""

    name = "mrr"
    at_k = False

    def gain(self, rank: np.ndarray) -> np.ndarray:
        return 1 / rank
