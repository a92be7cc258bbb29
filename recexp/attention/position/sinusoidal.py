"""Fixed sines and cosines of the position."""

import torch
from torch import Tensor

from recexp.attention.position.base import Position


class SinusoidalPosition(Position):
    """sin(p / 10000^(2i / D)) and its cosine in turn (Vaswani et al., NeurIPS 2017, section 3.5), times `scale`.

    scale: starts the sum at the size of the item vectors, which begin with a standard deviation of .02.
    """

    table_LD: Tensor

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int, scale: float) -> None:
        super().__init__()
        place_L1 = torch.arange(max_history_len, dtype=torch.float64)[:, None]
        even_K = torch.arange(0, embedding_dim, 2, dtype=torch.float64)
        angle_LK = place_L1 / 10000 ** (even_K / embedding_dim)
        table_LD = torch.stack([angle_LK.sin(), angle_LK.cos()], dim=-1).flatten(1)[:, :embedding_dim]
        self.register_buffer("table_LD", scale * table_LD.float(), persistent=False)

    def add(self, x_BLD: Tensor) -> Tensor:
        return x_BLD + self.table_LD[: x_BLD.shape[1]].to(x_BLD.dtype)
