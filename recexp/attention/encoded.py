"""What attention makes of a history: rows that score candidates.

Letters: R rows, T positions, C candidates, D embedding, P real targets.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from recexp.scorer.base import Scorer


class Encoded(ABC):
    """R encoded rows of T positions. Rows are cut into chunks, so that the scores of a chunk fit into memory."""

    @abstractmethod
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors with the rows as their first axis."""

    @abstractmethod
    def with_tensors(self, tensors: Sequence[Tensor]) -> "Encoded":
        """The same with other rows."""

    @abstractmethod
    def at_targets(self, target_BL: Tensor) -> tuple["Encoded", Tensor]:
        """The rows that a loss needs, and target_RT of each of their positions (int64, 0 = none)."""

    @abstractmethod
    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC of every position with candidates that all share."""

    @abstractmethod
    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC of every position with candidates of its own."""

    @abstractmethod
    def row_elements(self, scorer: Scorer) -> int:
        """Intermediate elements a row needs for one shared candidate; it sizes chunks."""


@dataclass(frozen=True)
class Contexts(Encoded):
    """One vector for each position, compared with every candidate: scoring the catalogue is one matrix product."""

    context_RTD: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.context_RTD,)

    def with_tensors(self, tensors: Sequence[Tensor]) -> "Contexts":
        return Contexts(*tensors)

    def at_targets(self, target_BL: Tensor) -> tuple["Contexts", Tensor]:
        """The positions with a target alone: R = P, T = 1."""
        real_BL = target_BL > 0
        return Contexts(self.context_RTD[real_BL].unsqueeze(1)), target_BL[real_BL].unsqueeze(1)

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        return scorer(self.context_RTD, item_CD)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        return scorer.paired(self.context_RTD.unsqueeze(2), item_RTCD)

    def row_elements(self, scorer: Scorer) -> int:
        return self.context_RTD.shape[1] * scorer.width
