"""What a batching is: which rows an epoch's batches are made of."""

from abc import ABC, abstractmethod

import numpy as np


class Batching(ABC):
    """Puts rows into batches. It knows how long they are, not what is in them."""

    @abstractmethod
    def __call__(self, length: np.ndarray, batch_size: int, generator: np.random.Generator) -> list[np.ndarray]:
        """length: int64 [n], of each row. Returns row numbers, each row once, batch_size a batch or fewer."""


def cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Pieces of `size`, the last one as long as it comes."""
    return np.split(order, np.arange(size, len(order), size))
