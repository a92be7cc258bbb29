"""What a loss is: a mean over the real targets of a batch.

Letters: R encoded rows, T positions, C candidates, K negatives, N items.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from recexp.recommender.attentive import AttentiveRecommender


class Loss(nn.Module, ABC):
    """Given a recommender, its encoded rows and their targets, the mean loss of the real targets (T19)."""

    def prepare(self, item_count_N: Tensor) -> None:
        """Learn the training set's interactions of each item, int64 [N], before training."""

    @abstractmethod
    def forward(self, recommender: AttentiveRecommender, rows: tuple[Tensor, ...], target_RT: Tensor) -> Tensor:
        """rows, target_RT: as `AttentiveRecommender.encode` gives them; target 0 is no target. Returns a scalar."""
