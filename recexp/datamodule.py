"""The LightningDataModule: training windows, validation and test targets as loaders."""

import numpy as np
import pytorch_lightning as pl
from torch.utils.data import DataLoader

from recexp.batches import IndexBatches, RankingTargets, TrainingWindows
from recexp.interactions import Interactions


class RecommenderData(pl.LightningDataModule):
    """batch_size: windows a training step; eval_batch_size: users ranked at a time.

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
        batch_size: int,
        eval_batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.interactions, self.windows, self.val, self.test = interactions, windows, val, test
        self.training_items = training_items
        self.batch_size, self.eval_batch_size, self.seed = batch_size, eval_batch_size, seed

    def _loader(self, dataset: TrainingWindows | RankingTargets, batch_size: int, shuffle: bool) -> DataLoader:
        sampler = IndexBatches(len(dataset), batch_size=batch_size, shuffle=shuffle, seed=self.seed)
        return DataLoader(dataset, sampler=sampler, batch_size=None)

    def train_dataloader(self) -> DataLoader:
        return self._loader(self.windows, self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return self._loader(self.val, self.eval_batch_size, shuffle=False)

    def test_dataloader(self) -> DataLoader:
        return self._loader(self.test, self.eval_batch_size, shuffle=False)
