"""What a scorer is: a number for a context and a candidate.

Letters: R rows, T positions, C candidates, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn


class Scorer(nn.Module, ABC):
    """Scores contexts against candidates.

    `linear`: the score is linear in the context, so pooling contexts and scoring commute.
    `width`: intermediate elements one score needs; it sizes chunks.
    """

    linear: ClassVar[bool]
    width = 1

    @abstractmethod
    def forward(self, context_RTD: Tensor, item_CD: Tensor) -> Tensor:
        """Every context with every candidate: [..., T, D] and [C, D] or [..., C, D] -> [..., T, C]."""

    @abstractmethod
    def paired(self, context_D: Tensor, item_D: Tensor) -> Tensor:
        """Each context with its own candidate: [..., D] and [..., D] -> [...]."""
