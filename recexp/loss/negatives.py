"""Where negatives come from: a distribution over the catalogue to draw training negatives from."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from recexp.errors import ConfigError


class NegativeSampler(ABC):
    """Draws item indices 1 ... N with replacement, from torch's global generator (seeded each epoch)."""

    @abstractmethod
    def probabilities(self, item_count_N: Tensor) -> Tensor:
        """q_N, float [N], sums to 1. item_count_N: training interactions of each item."""

    def prepare(self, item_count_N: Tensor) -> None:
        self.probability_N = self.probabilities(item_count_N)
        self.cumulative_N = self.probability_N.double().cumsum(0)

    def draw(self, shape: tuple[int, ...], device: torch.device) -> Tensor:
        """int64 of the given shape, by inverting the cumulative distribution: bounded work, any catalogue."""
        cumulative_N = self.cumulative_N = self.cumulative_N.to(device)
        place = torch.rand(shape, device=device, dtype=torch.float64) * cumulative_N[-1]
        return torch.searchsorted(cumulative_N, place, right=True).clamp(max=len(cumulative_N) - 1) + 1

    def log_probability(self, item_idx: Tensor) -> Tensor:
        """log q of each item, float, the shape of item_idx (int64, from 1; padding counts as item 1)."""
        self.probability_N = self.probability_N.to(item_idx.device)
        return self.probability_N[(item_idx - 1).clamp(min=0)].log()


class UniformNegatives(NegativeSampler):
    """Every item with the same probability."""

    def probabilities(self, item_count_N: Tensor) -> Tensor:
        return torch.full(item_count_N.shape, 1 / len(item_count_N))


class PopularNegatives(NegativeSampler):
    """q proportional to (count + 1) ** alpha; alpha = .75 as in word2vec (Mikolov et al., NeurIPS 2013, section 2.2).

    One is added to each count, so that an item without training interactions can be drawn too.
    """

    def __init__(self, *, alpha: float) -> None:
        if alpha < 0:
            raise ConfigError(f"loss.negatives.alpha: got {alpha}, expected a number >= 0")
        self.alpha = alpha

    def probabilities(self, item_count_N: Tensor) -> Tensor:
        weight_N = (item_count_N.double() + 1) ** self.alpha
        return (weight_N / weight_N.sum()).float()
