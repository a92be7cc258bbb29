"""What a position is: how a variant is told the order of a history.

Letters: B rows, T query positions, L keys, H heads, E head size, D embedding.
"""

from abc import ABC
from typing import ClassVar

from torch import Tensor, nn


class Position(nn.Module, ABC):
    """A subclass overrides one of the three ways in which order can enter; the others change nothing.

    Made with max_history_len, embedding_dim and num_heads. Positions count from 0, the oldest item of the window.
    relative: whether it compares the positions of query and key, so that it fits only variants in which each query
    stands at a position of its own.
    """

    relative: ClassVar[bool] = False

    def add(self, x_BLD: Tensor) -> Tensor:
        """Positions 0 ... L - 1 added to the vectors of a history."""
        return x_BLD

    def rotate(self, x_BHTE: Tensor, position_BT: Tensor) -> Tensor:
        """Queries or keys of all heads turned by their positions (int64)."""
        return x_BHTE

    def bias(self, position_BT: Tensor, length: int) -> Tensor | None:
        """[B or 1, H, T, L]: added to the logits of queries at position_BT (int64) with keys 0 ... length - 1."""
        return None
