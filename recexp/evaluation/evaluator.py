"""Collects the ranks of a pass over users and turns them into metrics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from recexp.batching.batches import RankingBatch
from recexp.distributed.rank import gather_from_ranks
from recexp.evaluation.ranking import check_finite, count_among_candidates, count_among_catalogue
from recexp.metric.base import Metric


class Evaluator:
    """One pass: `add` each batch, then read `metrics` and `frame`. Means are over users, never over batches (T8)."""

    def __init__(self, metrics: Sequence[Metric], ks: Sequence[int], model: str) -> None:
        self.metric_list, self.ks, self.model = metrics, ks, model
        self.parts: list[dict[str, np.ndarray]] = []

    def add(self, batch: RankingBatch, score_BN: Tensor) -> None:
        """score_BN: column j is item j + 1."""
        check_finite(score_BN, batch.user_B, self.model)
        if batch.candidate_BC is None:
            counts = count_among_catalogue(score_BN, batch.target_B, batch.seen_row_S, batch.seen_item_S)
        else:
            counts = count_among_candidates(score_BN, batch.target_B, batch.candidate_BC)
        columns = {"row": batch.row_B, "user_idx": batch.user_B, "target_idx": batch.target_B}
        columns |= dict(zip(("higher", "equal", "candidates"), counts, strict=True))
        self.parts.append({name: column.cpu().numpy() for name, column in columns.items()})

    def gather(self) -> None:
        """Takes what all ranks have ranked, in the order in which one process would have it (T8)."""
        parts = gather_from_ranks(self.parts)
        if len(parts) > 1:
            batches = [batch for part in parts for batch in part]
            order = np.argsort(np.concatenate([batch["row"] for batch in batches]))
            self.parts = [{name: np.concatenate([batch[name] for batch in batches])[order] for name in batches[0]}]

    def frame(self) -> pd.DataFrame:
        """One row a target: row, user_idx, target_idx, higher, equal, candidates; int64."""
        return pd.DataFrame({name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]})

    def metrics(self) -> dict[str, float]:
        """`name@k` or `name` -> mean over users."""
        frame = self.frame()
        higher, equal = frame["higher"].to_numpy(), frame["equal"].to_numpy()
        found = {}
        for metric in self.metric_list:
            for key, k in metric.cutoffs(self.ks).items():
                found[key] = float(metric.per_user(higher, equal, k).mean())
        return found
