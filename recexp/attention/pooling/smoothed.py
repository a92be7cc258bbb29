"""A softmax that long histories do not flatten."""

import torch
from torch import Tensor

from recexp.attention.pooling.base import Pooling
from recexp.checks import is_number
from recexp.errors import ConfigError
from recexp.nn.running_mean import LOGIT_BOUND, running_smoothed_mean


class SmoothedPooling(Pooling):
    """w_l = exp f_l / (sum over j of exp f_j)^beta, the attention of NAIS (He et al., TKDE 2018, eq. 7).

    beta: from 0 to 1; 1 is a softmax. With all logits 0 the weights are n^-beta, as in FISM (Kabbur et al., KDD 2013,
    eq. 3). Logits are clamped to +-70, so that float32 holds the sums.
    """

    def __init__(self, *, beta: float) -> None:
        super().__init__()
        if not is_number(beta) or not 0 <= beta <= 1:
            raise ConfigError(f"attention.pooling.beta: got {beta!r}, expected a number from 0 to 1")
        self.beta = beta

    def running(self, logit_RMC: Tensor, value_RMC: Tensor) -> Tensor:
        return running_smoothed_mean(logit_RMC, value_RMC, exponent=self.beta)

    def weights(self, logit_RCM: Tensor, keep_RCM: Tensor) -> Tensor:
        logit_RCM = logit_RCM.to(torch.promote_types(logit_RCM.dtype, torch.float32))
        weight_RCM = logit_RCM.clamp(-LOGIT_BOUND, LOGIT_BOUND).exp() * keep_RCM
        total_RC1 = weight_RCM.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(weight_RCM.dtype).tiny)
        return weight_RCM / total_RC1**self.beta
