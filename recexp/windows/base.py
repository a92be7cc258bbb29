"""What training windows are: the pieces of a training history that become rows of a batch."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """Flat rows, int64 [W] each: inputs are rows start:end - 1, the target of input row r is row r + 1.

    Rows first_target:end are targets; earlier ones are context alone.
    """

    start: np.ndarray
    end: np.ndarray
    first_target: np.ndarray


class WindowRule(ABC):
    """Cuts each user's training rows into windows of at most max_history_len inputs."""

    @abstractmethod
    def __call__(self, start: np.ndarray, end: np.ndarray, max_history_len: int) -> Windows:
        """start, end: int64 [num_users], each user's training rows. A user with fewer than 2 rows gives none."""
