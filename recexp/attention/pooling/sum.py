"""Logits as weights."""

from torch import Tensor

from recexp.attention.pooling.base import Pooling
from recexp.nn.running_mean import running_sum


class SumPooling(Pooling):
    """w_l = f_l: no softmax, so that a strong interest counts for more than a weak one, as in DIN (Zhou et al., KDD
    2018, eq. 3). Weights may be negative, and the sum grows with the history.
    """

    def __init__(self) -> None:
        super().__init__()

    def running(self, logit_RMC: Tensor, value_RMC: Tensor) -> Tensor:
        return running_sum(logit_RMC * value_RMC)

    def weights(self, logit_RCM: Tensor, keep_RCM: Tensor) -> Tensor:
        return logit_RCM * keep_RCM
