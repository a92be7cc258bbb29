"""The sampler that a DataLoader asks for the batches of an epoch."""

from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler

from recexp.batching.base import Batching
from recexp.distributed.rank import shard


class EpochBatches(Sampler[np.ndarray]):
    """Arrays of row numbers, drawn from (seed, epoch) alone, so that a resumed run draws the same (T20).

    length: int64 [n], of each row.
    """

    def __init__(self, length: np.ndarray, *, batching: Batching, batch_size: int, seed: int) -> None:
        self.length, self.batching, self.batch_size, self.seed = length, batching, batch_size, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.length) // self.batch_size)

    def __iter__(self) -> Iterator[np.ndarray]:
        # Lazy: a resuming Lightning makes the iterator before it sets the epoch.
        batches = self.batching(self.length, self.batch_size, np.random.default_rng([self.seed, self.epoch]))
        yield from map(shard, batches)
