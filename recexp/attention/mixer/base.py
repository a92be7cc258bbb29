"""What a mixer is: how the positions of a Transformer block exchange information.

Letters: B batch, L positions of the history, T query positions, H heads, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.position.base import Position


class Mixer(nn.Module, ABC):
    """Made with embedding_dim, and with num_heads, max_history_len and similarity where its constructor names them.

    relative_positions: whether it can compare the positions of queries and keys.
    bidirectional: whether it can read a history from both sides (`objective=cloze`).
    segments: whether its queries may be fewer than the memory, and each may see other positions of it
    (`attention=transformer_xl`).
    """

    relative_positions: ClassVar[bool] = False
    bidirectional: ClassVar[bool] = True
    segments: ClassVar[bool] = False

    @abstractmethod
    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """[B, T, D]: what each query position gathers from the positions it sees.

        query_BTD: the vectors of memory_BLD at the query positions: all of them, or the newest of each row alone.
        """

    def weights(
        self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position
    ) -> Tensor | None:
        """[B, H, T, L], or None where the mixer has no weights."""
        return None


def split_heads(x_BLD: Tensor, head_dim: int) -> Tensor:
    """[B, L, D] -> [B, H, L, E]."""
    return x_BLD.unflatten(-1, (-1, head_dim)).transpose(1, 2)


def join_heads(x_BHLE: Tensor) -> Tensor:
    """[B, H, L, E] -> [B, L, D]."""
    return x_BHLE.transpose(1, 2).flatten(2)
