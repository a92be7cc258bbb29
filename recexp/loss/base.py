"""What a loss is: a mean over the real targets of a batch.

Letters: R encoded rows, T positions, C candidates, K negatives, N items.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from recexp.data.training_set import TrainingSet
from recexp.recommender.attentive import AttentiveRecommender


class Loss(nn.Module, ABC):
    """Given a recommender, its encoded rows and their targets, the mean loss of the real targets (T19)."""

    def prepare(self, training: TrainingSet) -> None:
        """Learn what must be known of the training set, before training."""

    @abstractmethod
    def forward(
        self,
        recommender: AttentiveRecommender,
        rows: tuple[Tensor, ...],
        target_RT: Tensor,
        user_RT: Tensor | None = None,
    ) -> Tensor:
        """rows, target_RT: as `AttentiveRecommender.encode` gives them; target 0 is no target. Returns a scalar.

        user_RT: int64, whose each target is; a loss that leaves out what was seen needs it.
        """


def users_of_targets(user_B: Tensor, target_BL: Tensor, target_RT: Tensor) -> Tensor:
    """user_RT: whose each target is, 0 where there is none; encoding leaves the order of the real targets."""
    user_RT = torch.zeros_like(target_RT)
    user_RT[target_RT > 0] = user_B.unsqueeze(1).expand_as(target_BL)[target_BL > 0]
    return user_RT
