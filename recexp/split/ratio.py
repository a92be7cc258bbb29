"""Ratio: the newest share of each user's interactions is the test, the share before it is the validation."""

from dataclasses import dataclass

import numpy as np

from recexp.data.interactions import Interactions
from recexp.errors import ConfigError
from recexp.split.periods import PeriodSplit


@dataclass(frozen=True, kw_only=True)
class Ratio(PeriodSplit):
    """val, test: shares of each user's interactions, rounded down, but at least one interaction.

    If a user has no interaction left for training, all of them are training.
    """

    val: float
    test: float

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, share in (("val", self.val), ("test", self.test)):
            if not 0 < share < 1:
                raise ConfigError(f"split.{name}: got {share}, expected a share of each history, above 0 and below 1")
        if self.val + self.test >= 1:
            raise ConfigError(f"split.val + split.test: got {self.val} + {self.test}, expected less than 1")

    def bounds(self, interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
        length, end = np.diff(interactions.offsets), interactions.offsets[1:]
        test = np.maximum(1, np.floor(length * self.test)).astype(np.int64)
        val = np.maximum(1, np.floor(length * self.val)).astype(np.int64)
        tested = length > val + test
        return np.where(tested, end - val - test, end), np.where(tested, end - test, end)

    def describe_bounds(self) -> str:
        return f"ratio: each user's last {self.test:g} = test, {self.val:g} before = validation"
