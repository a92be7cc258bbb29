"""The interface of splits: which interactions are targets, and which may be learned from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from recexp.data.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets and where their histories end. Both arrays are int64 [k]; a user may have several targets.

    row: flat positions of the targets in the interactions, ascending.
    history_end: the history of a target of user u is rows offsets[u]:history_end, without the target itself.
    """

    row: np.ndarray
    history_end: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def where(self, kept: np.ndarray) -> "Targets":
        """The targets for which `kept`, bool [k], is true."""
        return Targets(self.row[kept], self.history_end[kept])


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Flat positions into the interactions, which are sorted by user and time.

    train_end: int64 [num_users]; rows offsets[u]:train_end[u] of user u are training, none if both are equal.
    left_out: reason in words -> targets that a rule of the split has left out.
    """

    train_end: np.ndarray
    val: Targets
    test: Targets
    left_out: Mapping[str, Targets] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Split(ABC):
    """Cuts interactions into training, validation and test.

    check: `report` logs the findings of the audit (`recexp.split.audit`), `strict` makes each of them an error.
    uses_time: whether the split compares times of different users, so that the dataset needs times.
    """

    check: Literal["report", "strict"] = "report"
    uses_time: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, interactions: Interactions) -> SplitRows:
        """Splits the interactions. Raises DataError if training, validation or test would be empty."""

    @abstractmethod
    def describe(self) -> str:
        """The rule in words, without `check`. It is part of the protocol, and so of its fingerprint."""


def is_training(interactions: Interactions, rows: SplitRows) -> np.ndarray:
    """bool [n]: whether each interaction belongs to training."""
    return np.arange(len(interactions.item_idx)) < rows.train_end[interactions.user_idx]


def training_items(interactions: Interactions, rows: SplitRows) -> np.ndarray:
    """int32 [m]: the item of every training interaction."""
    return interactions.item_idx[is_training(interactions, rows)]
