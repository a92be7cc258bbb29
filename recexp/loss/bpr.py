"""Bayesian personalised ranking: a target should score above each negative."""

from torch import Tensor
from torch.nn import functional as F

from recexp.loss.sampled import SampledLoss


class BPRLoss(SampledLoss):
    """Mean over negatives of -log sigmoid(target - negative) (Rendle et al., UAI 2009, section 4.1)."""

    def compare(self, target_P: Tensor, negative_PK: Tensor, keep_PK: Tensor) -> Tensor:
        loss_PK = F.softplus(negative_PK - target_P[:, None]) * keep_PK
        return (loss_PK.sum(dim=1) / keep_PK.sum(dim=1).clamp(min=1)).sum()
