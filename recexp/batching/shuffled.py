"""Rows in a new order each epoch, whatever their length."""

import numpy as np

from recexp.batching.base import Batching, cut


class Shuffled(Batching):
    """Every row is as likely as any other to be in a batch with any other."""

    def __call__(self, length: np.ndarray, batch_size: int, generator: np.random.Generator) -> list[np.ndarray]:
        return cut(generator.permutation(len(length)), batch_size)
