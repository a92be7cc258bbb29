"""The targets of the batch are each other's negatives.

Letters: R encoded rows, T positions, P real targets.
"""

import math

import torch
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.loss.negatives.base import NegativeSampler


class InBatchNegatives(NegativeSampler):
    """Each target of the batch in turn, in random order: without replacement until all have had their turn.

    q is how often an item is a target in an epoch (Yi et al., RecSys 2019, section 4, which estimates it on the fly):
    with `logq_correction` the sampled softmax makes up for popular items being drawn more often.
    """

    def probabilities(self, training: TrainingSet) -> Tensor:
        return (torch.from_numpy(training.target_count()).double() / len(training.target)).float()

    def draw(self, shape: tuple[int, ...], target_RT: Tensor) -> Tensor:
        target_P = target_RT[target_RT > 0]
        order_P = torch.randperm(len(target_P), device=target_P.device)
        turns = -(-math.prod(shape) // len(target_P))
        return target_P[order_P.repeat(turns)[: math.prod(shape)]].reshape(shape)

    def draw_unseen(self, shape: tuple[int, ...], target_RT: Tensor, user_RT: Tensor) -> Tensor:
        """What was seen is not drawn again but left out by the loss: the batch may hold nothing else."""
        return self.draw(shape, target_RT)
