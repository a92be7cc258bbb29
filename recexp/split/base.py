"""What a split is: who is tested on what, and what may be learned from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from recexp.data.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Targets:
    """What is to be predicted, and from what. int64 [k] each; a user may have several targets.

    row: flat positions of the targets in the interactions, ascending.
    history_end: the history of a target of user u is rows offsets[u]:history_end, and never the target itself.
    """

    row: np.ndarray
    history_end: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def where(self, kept: np.ndarray) -> "Targets":
        """kept: bool [k]."""
        return Targets(self.row[kept], self.history_end[kept])


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Flat positions into the interactions, which are sorted by user and time.

    train_end: int64 [num_users]; user u trains on rows offsets[u]:train_end[u], none where both are the same.
    left_out: reason in words -> what would be targets, but for a rule of the split.
    """

    train_end: np.ndarray
    val: Targets
    test: Targets
    left_out: Mapping[str, Targets] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Split(ABC):
    """Cuts interactions into training, validation and test.

    check: `report` logs the findings of the audit (`recexp.split.audit`), `strict` refuses a split that has any.
    uses_time: whether it compares the times of different users, which a dataset without times has not.
    """

    check: Literal["report", "strict"] = "report"
    uses_time: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, interactions: Interactions) -> SplitRows:
        """Raises DataError where nothing is left to train, to validate or to test with."""

    @abstractmethod
    def describe(self) -> str:
        """The rule in words, for the protocol that stands beside every number. It leaves `check` out."""


def is_training(interactions: Interactions, rows: SplitRows) -> np.ndarray:
    """bool [n]: whether each interaction is learned from."""
    return np.arange(len(interactions.item_idx)) < rows.train_end[interactions.user_idx]


def training_items(interactions: Interactions, rows: SplitRows) -> np.ndarray:
    """int32 [m]: the item of every training interaction."""
    return interactions.item_idx[is_training(interactions, rows)]
