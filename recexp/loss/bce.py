"""Binary cross-entropy of targets against negatives."""

from torch import Tensor
from torch.nn import functional as F

from recexp.loss.sampled import SampledLoss


class BCELoss(SampledLoss):
    """-log sigmoid(target) - sum over negatives of log(1 - sigmoid(negative)); SASRec, eq. 7, has one negative."""

    def compare(self, target_P: Tensor, negative_PK: Tensor, keep_PK: Tensor) -> Tensor:
        return F.softplus(-target_P).sum() + (F.softplus(negative_PK) * keep_PK).sum()
