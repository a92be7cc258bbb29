"""What a loss is: a sum over the real targets of a batch."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from recexp.data.training_set import TrainingSet
from recexp.loss.positions import Positions


class Loss(nn.Module, ABC):
    """The recommender divides the sum by the number of real targets: the mean is over targets (T19)."""

    def prepare(self, training: TrainingSet) -> None:
        """Learn what must be known of the training set, before training."""

    @abstractmethod
    def forward(self, positions: Positions) -> Tensor:
        """The sum of the loss over the real targets, a scalar."""
