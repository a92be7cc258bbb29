"""What a split is: who is tested on what, and what may be learned from."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from recexp.interactions import Interactions


@dataclass(frozen=True)
class SplitRows:
    """Flat positions into the interactions, which are sorted by user and time.

    train_end: int64 [num_users]; user u trains on rows offsets[u]:train_end[u].
    val, test: int64; rows of the targets. The history of a target of user u at row p is rows offsets[u]:p.
    """

    train_end: np.ndarray
    val: np.ndarray
    test: np.ndarray


class Split(ABC):
    """Cuts interactions into training, validation and test."""

    @abstractmethod
    def __call__(self, interactions: Interactions) -> SplitRows: ...

    @abstractmethod
    def describe(self) -> str:
        """The rule in words, for the protocol that stands beside every number."""


def training_items(interactions: Interactions, rows: SplitRows) -> np.ndarray:
    """int32 [n]: the item of every training interaction."""
    return interactions.item_idx[np.arange(len(interactions.item_idx)) < rows.train_end[interactions.user_idx]]
