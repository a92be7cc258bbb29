"""Logits fall with the logarithm of the gap, at a learned rate."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.time.base import Time
from recexp.checks import check_positive


class DecayTime(Time):
    """-r_h log(1 + |gap| / unit) with a learned rate r_h > 0 for each head.

    Under a softmax the weight of an item is multiplied with (1 + gap / unit)^-r: a power law, as the activation of
    memories in ACT-R (Anderson & Schooler, 1991), which recommends songs in Reiter-Haas et al. (RecSys 2021). The
    logarithm keeps years and minutes apart without one swamping the other, as MEANTIME's does (Cho et al., RecSys
    2020).
    unit: in the unit of the dataset's times; gaps far below it hardly count. initial_rate: of each head.
    """

    def __init__(self, *, num_heads: int, unit: float, initial_rate: float) -> None:
        super().__init__()
        check_positive("attention.time.unit", unit)
        check_positive("attention.time.initial_rate", initial_rate)
        self.unit = unit
        self.raw_rate_H = nn.Parameter(torch.full((num_heads,), math.log(math.expm1(initial_rate))))

    def bias(self, visibility: Visibility) -> Tensor:
        log_BTL = (visibility.gap_BTL().abs().double() / self.unit).log1p().to(self.raw_rate_H.dtype)
        return -F.softplus(self.raw_rate_H)[:, None, None] * log_BTL.unsqueeze(1)
