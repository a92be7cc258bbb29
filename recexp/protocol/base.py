"""What a protocol is: against which candidates each target is ranked.

Letters: B targets, C candidates, N items.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Literal

import numpy as np

from recexp.data.interactions import Interactions
from recexp.split.base import SplitRows

Period = Literal["validation", "test"]


class Protocol(ABC):
    """The tie rule is the same for all: the expectation under random order inside a tie."""

    filter_seen: bool

    @abstractmethod
    def candidates(
        self, interactions: Interactions, rows: SplitRows, targets: np.ndarray, period: Period, cache: Path, key: str
    ) -> np.ndarray | None:
        """candidate_BC, int32, for the targets (flat rows, int64 [B]); None = the whole catalogue.

        The target itself is left out; 0 fills up where a user has fewer. What is drawn at random is drawn apart
        for each `period` (T34). `key` names dataset and split in the cache.
        """

    @abstractmethod
    def describe(self) -> str:
        """The candidates in words."""
