"""A learned number for each distance and head."""

import torch
from torch import Tensor, nn

from recexp.attention.position.base import Position


class RelativePosition(Position):
    """b[h, p_query - p_key] is added to the logits, one learned number for each distance (Raffel et al., T5, JMLR 2020,
    section 2.1, without its buckets). Shared by all blocks; it starts at zero.
    """

    relative = True

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.max_history_len = max_history_len
        # Distances -(max_history_len - 1) ... max_history_len - 1; causal variants use the upper half.
        self.weight = nn.Parameter(torch.zeros(num_heads, 2 * max_history_len - 1))

    def bias(self, position_BT: Tensor, length: int) -> Tensor:
        key_L = torch.arange(length, device=position_BT.device)
        distance_BTL = position_BT.unsqueeze(-1) - key_L
        return self.weight[:, distance_BTL + self.max_history_len - 1].transpose(0, 1)
