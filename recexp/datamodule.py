"""The LightningDataModule: training windows, validation and test targets as loaders."""

import numpy as np
import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from recexp.audit import Audit
from recexp.batches import RankingTargets, TrainingWindows
from recexp.batching.base import Batching
from recexp.batching.in_order import InOrder
from recexp.batching.sampler import EpochBatches
from recexp.interactions import Interactions


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
        training_items: np.ndarray,
        audit: Audit,
        batching: Batching,
        batch_size: int,
        eval_batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.interactions, self.windows, self.val, self.test = interactions, windows, val, test
        self.training_items, self.audit, self.batching = training_items, audit, batching
        self.batch_size, self.eval_batch_size, self.seed = batch_size, eval_batch_size, seed

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
