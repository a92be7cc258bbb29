"""The LightningDataModule: training windows, validation and test targets as loaders."""

import numpy as np
import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from recexp.batching.base import Batching
from recexp.batching.batches import RankingTargets, TrainingWindows
from recexp.batching.in_order import InOrder
from recexp.batching.sampler import EpochBatches
from recexp.data.interactions import Interactions
from recexp.data.training_set import TrainingSet
from recexp.split.audit import Audit
from recexp.split.base import SplitRows
from recexp.split.targets import rows_between
from recexp.windows.base import Windows


def training_set(of: Interactions, train_end: np.ndarray, windows: Windows, *, has_times: bool) -> TrainingSet:
    """train_end: as in `SplitRows`."""
    learned = np.arange(len(of.item_idx)) < train_end[of.user_idx]
    return TrainingSet(
        num_users=of.num_users,
        num_items=of.num_items,
        user=of.user_idx[learned],
        item=of.item_idx[learned],
        time=of.time[learned] if has_times else None,
        target=of.item_idx[rows_between(windows.first_target, windows.end)],
    )


class RecommenderData(pl.LightningDataModule):
    """batching: how training windows are put into batches of batch_size; eval_batch_size: targets ranked at a time.

    Batches are built from flat arrays faster than a worker process could send them, so there are no workers.
    """

    def __init__(
        self,
        *,
        interactions: Interactions,
        windows: TrainingWindows,
        val: RankingTargets,
        test: RankingTargets,
        rows: SplitRows,
        audit: Audit,
        batching: Batching,
        batch_size: int,
        eval_batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.interactions, self.windows, self.val, self.test = interactions, windows, val, test
        self.rows, self.audit, self.batching = rows, audit, batching
        self.batch_size, self.eval_batch_size, self.seed = batch_size, eval_batch_size, seed

    def training_set(self) -> TrainingSet:
        """What losses and recommenders without gradient steps learn from."""
        return training_set(
            self.interactions, self.rows.train_end, self.windows.windows, has_times=self.windows.build.has_times
        )

    def _loader(self, dataset: Dataset, length: np.ndarray, batching: Batching, batch_size: int) -> DataLoader:
        sampler = EpochBatches(length, batching=batching, batch_size=batch_size, seed=self.seed)
        return DataLoader(dataset, sampler=sampler, batch_size=None)

    def _in_order(self, targets: RankingTargets) -> DataLoader:
        return self._loader(targets, np.zeros(len(targets)), InOrder(), self.eval_batch_size)

    def train_dataloader(self) -> DataLoader:
        start, end, _ = self.windows.windows
        return self._loader(self.windows, end - start, self.batching, self.batch_size)

    def val_dataloader(self) -> DataLoader:
        return self._in_order(self.val)

    def test_dataloader(self) -> DataLoader:
        return self._in_order(self.test)
