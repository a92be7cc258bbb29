"""Weights that sum to one."""

from torch import Tensor

from recexp.attention.pooling.base import Pooling
from recexp.nn.masking import masked_softmax
from recexp.nn.running_mean import running_softmax_mean


class SoftmaxPooling(Pooling):
    """w_l = exp f_l / sum over j of exp f_j (Bahdanau et al., ICLR 2015, eq. 6).

    The running form clamps logits to +-70.
    """

    def __init__(self) -> None:
        super().__init__()

    def running(self, logit_RMC: Tensor, value_RMC: Tensor) -> Tensor:
        return running_softmax_mean(logit_RMC, value_RMC)

    def weights(self, logit_RCM: Tensor, keep_RCM: Tensor) -> Tensor:
        return masked_softmax(logit_RCM, keep_RCM)
