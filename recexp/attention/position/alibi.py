"""Logits fall with the distance, at a fixed rate for each head."""

import torch
from torch import Tensor

from recexp.attention.position.base import Position


class ALiBiPosition(Position):
    """-2^(-8 h / H) |p_query - p_key| is added to the logits of head h = 1 ... H (Press et al., ICLR 2022).

    In a bidirectional variant the distance counts in both directions.
    """

    relative = True
    slope_H: Tensor

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        slope_H = 2 ** (-8 * torch.arange(1, num_heads + 1) / num_heads)
        self.register_buffer("slope_H", slope_H, persistent=False)

    def bias(self, position_BT: Tensor, length: int) -> Tensor | None:
        key_L = torch.arange(length, device=position_BT.device)
        distance_BTL = (position_BT.unsqueeze(-1) - key_L).abs()
        return -self.slope_H[:, None, None] * distance_BTL.unsqueeze(1)
