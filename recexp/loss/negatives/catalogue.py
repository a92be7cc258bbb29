"""Negatives from the whole catalogue, by a distribution that each sampler defines."""

import torch
from torch import Tensor

from recexp.loss.negatives.base import NegativeSampler
from recexp.loss.negatives.untaken import Untaken
from recexp.loss.taken import Taken
from recexp.loss.training_set import TrainingSet


class CatalogueNegatives(NegativeSampler):
    """With replacement, by inverting the cumulative distribution: bounded work, any catalogue."""

    cumulative_N: Tensor
    untaken: Untaken

    def prepare(self, training: TrainingSet, taken: Taken | None) -> None:
        super().prepare(training, taken)
        self.cumulative_N = self.probability_N.double().cumsum(0)
        if taken is not None:
            self.untaken = Untaken(self.probability_N, taken)

    def draw(self, shape: tuple[int, ...], target_RT: Tensor) -> Tensor:
        cumulative_N = self.cumulative_N = self.cumulative_N.to(target_RT.device)
        place = torch.rand(shape, device=target_RT.device, dtype=torch.float64) * cumulative_N[-1]
        return torch.searchsorted(cumulative_N, place, right=True).clamp(max=len(cumulative_N) - 1) + 1

    def draw_untaken(self, shape: tuple[int, ...], target_RT: Tensor, user_RT: Tensor) -> Tensor:
        return self.untaken.draw(user_RT.unsqueeze(-1).expand(shape))
