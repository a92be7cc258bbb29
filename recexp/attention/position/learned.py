"""A learned vector for each position of the window."""

import torch
from torch import Tensor, nn

from recexp.attention.position.base import Position
from recexp.nn.embedding import INIT_STD


class LearnedPosition(Position):
    """As in SASRec (Kang & McAuley, ICDM 2018, section III-A); position 0 is the oldest item of the window."""

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_history_len, embedding_dim))
        nn.init.normal_(self.weight, std=INIT_STD)

    def add(self, x_BLD: Tensor) -> Tensor:
        return x_BLD + self.weight[: x_BLD.shape[1]]
