"""Queries and keys turned by their positions."""

import torch
from torch import Tensor

from recexp.attention.position.base import Position
from recexp.errors import ConfigError


class RotaryPosition(Position):
    """RoPE (Su et al., RoFormer, 2021, eq. 34): dimensions 2i, 2i + 1 of a head turn by p / 10000^(2i / E).

    The dot product of a query and a key then depends on their distance alone.
    """

    relative = True
    cos_LK: Tensor
    sin_LK: Tensor

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        head_dim = embedding_dim // num_heads
        if head_dim % 2:
            raise ConfigError(
                f"attention/position=rotary: got heads of size {head_dim}, expected an even number "
                "(embedding_dim / attention.num_heads)"
            )
        rate_K = 10000 ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
        angle_LK = torch.arange(max_history_len, dtype=torch.float64)[:, None] * rate_K
        self.register_buffer("cos_LK", angle_LK.cos().float(), persistent=False)
        self.register_buffer("sin_LK", angle_LK.sin().float(), persistent=False)

    def rotate(self, x_BHTE: Tensor, position_BT: Tensor) -> Tensor:
        cos, sin = (table_LK[position_BT].unsqueeze(1).to(x_BHTE.dtype) for table_LK in (self.cos_LK, self.sin_LK))
        first, second = x_BHTE[..., 0::2], x_BHTE[..., 1::2]
        return torch.stack([first * cos - second * sin, first * sin + second * cos], dim=-1).flatten(-2)
