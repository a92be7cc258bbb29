"""Rows of similar length together, so that little of a batch is padding."""

import numpy as np

from recexp.batching.base import Batching, cut
from recexp.checks import check_whole


class Bucketed(Batching):
    """Shuffle, cut into pools, sort each pool by length, cut it into batches, shuffle the batches.

    pool_batches: batches a pool; 1 is `Shuffled`, more pad less and mix lengths less.
    """

    def __init__(self, *, pool_batches: int) -> None:
        check_whole("batching.pool_batches", pool_batches, least=1)
        self.pool_batches = pool_batches

    def __call__(self, length: np.ndarray, batch_size: int, generator: np.random.Generator) -> list[np.ndarray]:
        order = generator.permutation(len(length))
        pool = np.arange(len(length)) // (self.pool_batches * batch_size)
        batches = cut(order[np.lexsort((length[order], pool))], batch_size)
        return [batches[i] for i in generator.permutation(len(batches))]
