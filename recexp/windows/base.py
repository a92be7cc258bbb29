"""The interface of training windows: pieces of training histories, which become rows of a batch."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """W windows as flat rows of the interactions, int64 [W] each.

    The inputs of a window are rows start:end - 1, and the target of input row r is row r + 1. Only rows
    first_target:end are targets; earlier rows are context.
    """

    start: np.ndarray
    end: np.ndarray
    first_target: np.ndarray


class WindowRule(ABC):
    """Cuts each user's training rows into windows of at most max_history_len inputs."""

    @abstractmethod
    def __call__(self, start: np.ndarray, end: np.ndarray, max_history_len: int) -> Windows:
        """start, end: int64 [num_users], each user's training rows. A user with fewer than 2 rows has no window."""
