"""Softmax cross-entropy over the target and sampled negatives."""

import torch
from torch import Tensor

from recexp.loss.negatives.base import NegativeSampler
from recexp.loss.sampled import SampledLoss


class SampledSoftmaxLoss(SampledLoss):
    """-log of the target's share of exp(score) among itself and its negatives.

    logq_correction: subtract log q(item) from every score, so that the sampled softmax estimates the full one
    (Bengio & Senecal, 2008; Jean et al., ACL 2015, eq. 8); with uniform negatives it changes nothing.
    """

    def __init__(
        self,
        *,
        num_negatives: int,
        shared: bool,
        exclude_history: bool,
        logq_correction: bool,
        negatives: NegativeSampler,
    ) -> None:
        super().__init__(
            num_negatives=num_negatives, shared=shared, exclude_history=exclude_history, negatives=negatives
        )
        self.logq_correction = logq_correction

    def draw_own(self, target_RT: Tensor, user_RT: Tensor) -> Tensor:
        """From q itself, for which the correction is made; what was seen does not count and is not drawn anew."""
        return self.negatives.draw((*target_RT.shape, self.num_negatives), target_RT)

    def correct(self, score: Tensor, item_idx: Tensor) -> Tensor:
        return score - self.negatives.log_probability(item_idx) if self.logq_correction else score

    def compare(self, target_P: Tensor, negative_PK: Tensor, keep_PK: Tensor) -> Tensor:
        lowest = torch.finfo(negative_PK.dtype).min
        negative_PK = negative_PK.masked_fill(~keep_PK, lowest)
        return (torch.logaddexp(negative_PK.logsumexp(dim=1), target_P) - target_P).sum()
