"""A slope over time.

Letters: B batch, H heads, L history.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import History
from recexp.attention.key_bias.base import KeyBias
from recexp.checks import check_positive


class TimeSlope(KeyBias):
    """b_l = r_h (t_l - t_0) / unit with a learned slope r for each head; t_0 is the time of the oldest item.

    In a softmax only differences of logits count, so weights decay exponentially with the time that has passed, and
    the time of the request, which would be added to all of them, need not be known (T29).
    unit: in the unit of the dataset's times. Mind that logits are clamped to +-70: the slope times the longest
    history should stay below.
    """

    needs_time = True

    def __init__(self, *, num_heads: int, unit: float) -> None:
        super().__init__()
        check_positive("attention.key_bias.unit", unit)
        self.unit = unit
        self.slope_H = nn.Parameter(torch.zeros(num_heads))

    def forward(self, history: History) -> Tensor:
        assert history.time_BL is not None
        since_BL = (history.time_BL - history.time_BL[:, :1]) * history.keep_BL()
        return self.slope_H[:, None] * (since_BL.to(self.slope_H.dtype) / self.unit).unsqueeze(1)
