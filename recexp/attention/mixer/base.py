"""What a mixer is: how the positions of a Transformer block exchange information.

Letters: B batch, L positions of the history, T query positions, H heads, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.position.base import Position
from recexp.nn.masking import causal_mask


class Mixer(nn.Module, ABC):
    """Made with embedding_dim, and with num_heads, max_history_len and similarity where its constructor names them.

    relative_positions: whether it can compare the positions of queries and keys.
    bidirectional: whether it can read a history from both sides (`objective=cloze`).
    time_bias: whether it adds the bias of `attention/time`, see `logit_bias`.
    needs_time: whether it reads `visibility.time_BL` itself.
    """

    relative_positions: ClassVar[bool] = False
    bidirectional: ClassVar[bool] = True
    time_bias: ClassVar[bool] = False
    needs_time: bool = False

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


def logit_bias(visibility: Visibility, position: Position, length: int) -> Tensor | None:
    """[B or 1, H, T, L], what position and time add to the logits of keys 0 ... length - 1; None: nothing."""
    bias_BHTL = position.bias(visibility.position_BT, length)
    if bias_BHTL is None or visibility.time_bias_BHTL is None:
        return visibility.time_bias_BHTL if bias_BHTL is None else bias_BHTL
    return bias_BHTL + visibility.time_bias_BHTL


def placed(query_BHTE: Tensor, key_BHLE: Tensor, visibility: Visibility, position: Position) -> tuple[Tensor, Tensor]:
    """Queries and keys of all heads, turned by their positions where the position is one that turns."""
    key_position_1L = torch.arange(key_BHLE.shape[2], device=key_BHLE.device).unsqueeze(0)
    return position.rotate(query_BHTE, visibility.position_BT), position.rotate(key_BHLE, key_position_1L)


def kept(visibility: Visibility, length: int, device: torch.device) -> Tensor:
    """bool, broadcastable to [B, H, T, L]: which keys 0 ... length - 1 each query position sees."""
    if visibility.keep_BTL is None:
        return causal_mask(length, device)
    return visibility.keep_BTL.unsqueeze(1)


def split_heads(x_BLD: Tensor, head_dim: int) -> Tensor:
    """[B, L, D] -> [B, H, L, E]."""
    return x_BLD.unflatten(-1, (-1, head_dim)).transpose(1, 2)


def join_heads(x_BHLE: Tensor) -> Tensor:
    """[B, H, L, E] -> [B, L, D]."""
    return x_BHLE.transpose(1, 2).flatten(2)
