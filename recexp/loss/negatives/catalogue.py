"""Negatives from the whole catalogue, by a distribution that each sampler defines."""

import torch
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.data.user_item_set import UserItemSet
from recexp.loss.negatives.base import NegativeSampler
from recexp.loss.negatives.unseen import UnseenItems


class CatalogueNegatives(NegativeSampler):
    """With replacement, by inverting the cumulative distribution: bounded work, any catalogue."""

    cumulative_N: Tensor
    unseen: UnseenItems

    def prepare(self, training: TrainingSet, seen: UserItemSet | None) -> None:
        super().prepare(training, seen)
        self.cumulative_N = self.probability_N.double().cumsum(0)
        if seen is not None:
            self.unseen = UnseenItems(self.probability_N, seen)

    def draw(self, shape: tuple[int, ...], target_RT: Tensor) -> Tensor:
        cumulative_N = self.cumulative_N = self.cumulative_N.to(target_RT.device)
        place = torch.rand(shape, device=target_RT.device, dtype=torch.float64) * cumulative_N[-1]
        return torch.searchsorted(cumulative_N, place, right=True).clamp(max=len(cumulative_N) - 1) + 1

    def draw_unseen(self, shape: tuple[int, ...], target_RT: Tensor, user_RT: Tensor) -> Tensor:
        return self.unseen.draw(user_RT.unsqueeze(-1).expand(shape))
