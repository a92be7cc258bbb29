"""What a sampler of negatives is: it draws items to compare a target with, and knows how likely each one was.

Letters: R encoded rows, T positions, N items.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from recexp.data.training_set import TrainingSet
from recexp.data.user_item_set import UserItemSet


class NegativeSampler(nn.Module, ABC):
    """Draws item indices 1 ... N from torch's global generator, which is seeded each step. It has no weights.

    Probabilities are no buffers: they keep their precision where the model is converted to a lower one.
    """

    probability_N: Tensor

    def __init__(self) -> None:
        super().__init__()

    @abstractmethod
    def probabilities(self, training: TrainingSet) -> Tensor:
        """q_N, float [N], sums to 1: how likely each item is drawn."""

    def prepare(self, training: TrainingSet, seen: UserItemSet | None) -> None:
        """seen: what `draw_unseen` leaves out; None where it is not called."""
        self.probability_N = self.probabilities(training)

    @abstractmethod
    def draw(self, shape: tuple[int, ...], target_RT: Tensor) -> Tensor:
        """int64 of the given shape. target_RT: the targets of the batch, 0 = none."""

    @abstractmethod
    def draw_unseen(self, shape: tuple[int, ...], target_RT: Tensor, user_RT: Tensor) -> Tensor:
        """int64 of the given shape, [R, T, K], outside what each target's user has seen; 0 where nothing is left."""

    def log_probability(self, item_idx: Tensor) -> Tensor:
        """log q of each item, float, the shape of item_idx (int64, from 1; padding counts as item 1)."""
        self.probability_N = self.probability_N.to(item_idx.device)
        return self.probability_N[(item_idx - 1).clamp(min=0)].log()
