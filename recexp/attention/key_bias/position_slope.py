"""A slope over positions.

Letters: B batch, H heads, L history.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import History
from recexp.attention.key_bias.base import KeyBias


class PositionSlope(KeyBias):
    """b_l = r_h l with a learned slope r for each head: newer items weigh more if it is positive.

    In a softmax only differences of logits count, so this is a bias on the distance to the present (ALiBi, Press et
    al., ICLR 2022), with a slope that is learned.
    """

    def __init__(self, *, num_heads: int) -> None:
        super().__init__()
        self.slope_H = nn.Parameter(torch.zeros(num_heads))

    def forward(self, history: History) -> Tensor:
        slope_H1 = self.slope_H.unsqueeze(-1)
        place_L = torch.arange(history.item_BLD.shape[1], device=slope_H1.device, dtype=slope_H1.dtype)
        return (slope_H1 * place_L).unsqueeze(0)
