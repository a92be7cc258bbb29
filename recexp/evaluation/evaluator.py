"""Collects the ranks of a pass over users and turns them into metrics.

Letters: B users, N items.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from recexp.batching.batches import RankingBatch
from recexp.distributed.rank import gather_from_ranks
from recexp.evaluation.ranking import check_finite, count_among_candidates, count_among_catalogue
from recexp.metric.base import Metric

COLUMNS = ("row", "user_idx", "target_idx", "higher", "equal", "candidates")


class Evaluator:
    """One pass: `add` each batch, then read `metrics` and `frame`. Means are over users, never over batches (T8).

    Results go into one array that doubles when it is full: small arrays of each batch would lie between freed score
    matrices, and the memory of the process would grow with every batch (T35).
    """

    def __init__(self, metrics: Sequence[Metric], ks: Sequence[int], model: str) -> None:
        self.metric_list, self.ks, self.model = metrics, ks, model
        self.columns = np.empty((len(COLUMNS), 1 << 16), np.int64)
        self.filled = 0

    def add(self, batch: RankingBatch, score_BN: Tensor) -> None:
        """score_BN: column j is item j + 1."""
        check_finite(score_BN, batch.histories.user_B, self.model)
        if batch.candidate_BC is None:
            counts = count_among_catalogue(score_BN, batch.target_B, batch.seen)
        else:
            counts = count_among_candidates(score_BN, batch.target_B, batch.candidate_BC)
        end = self.filled + len(batch.row_B)
        while end > self.columns.shape[1]:
            self.columns = np.concatenate([self.columns, np.empty_like(self.columns)], axis=1)
        for place, tensor in enumerate((batch.row_B, batch.histories.user_B, batch.target_B, *counts)):
            self.columns[place, self.filled : end] = tensor.cpu().numpy()
        self.filled = end

    def gather(self) -> None:
        """Takes what all ranks have ranked, in the order in which one process would have it (T8)."""
        parts = gather_from_ranks(self.columns[:, : self.filled])
        if len(parts) > 1:
            columns = np.concatenate(parts, axis=1)
            self.columns = columns[:, np.argsort(columns[0])]
            self.filled = self.columns.shape[1]

    def frame(self) -> pd.DataFrame:
        """One row a target: row, user_idx, target_idx, higher, equal, candidates; int64."""
        return pd.DataFrame(dict(zip(COLUMNS, self.columns[:, : self.filled].copy(), strict=True)))

    def metrics(self) -> dict[str, float]:
        """`name@k` or `name` -> mean over users."""
        frame = self.frame()
        higher, equal = frame["higher"].to_numpy(), frame["equal"].to_numpy()
        found = {}
        for metric in self.metric_list:
            for key, k in metric.cutoffs(self.ks).items():
                found[key] = float(metric.per_user(higher, equal, k).mean())
        return found
