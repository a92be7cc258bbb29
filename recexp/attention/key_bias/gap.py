"""A number for the time since the previous item.

Letters: B batch, H heads, L history, K buckets.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import History
from recexp.attention.key_bias.base import KeyBias

DIGITS = 32  # 2^32 seconds are 136 years
FIRST = DIGITS + 1  # the bucket of the window's oldest item, whose gap is not known


class GapBias(KeyBias):
    """b_l = w_h[bucket of t_l - t_(l-1)] with a learned number for each head and bucket.

    The bucket is the number of the gap's binary digits: 0, 1, 2-3, 4-7, ... in the unit of the dataset's times. Buckets
    that double in size are used by HSTU (Zhai et al., ICML 2024), which compares with the time of the target; a gap
    between items of the history does not (T29).
    """

    needs_time = True

    def __init__(self, *, num_heads: int) -> None:
        super().__init__()
        self.weight_HK = nn.Parameter(torch.zeros(num_heads, FIRST + 1))

    def forward(self, history: History) -> Tensor:
        assert history.time_BL is not None
        gap_BL = history.time_BL.diff(dim=1).clamp(min=0)
        bucket_BL = torch.frexp(gap_BL.double()).exponent.clamp(max=DIGITS).long()
        return F.embedding(F.pad(bucket_BL, (1, 0), value=FIRST), self.weight_HK.T).transpose(1, 2)
