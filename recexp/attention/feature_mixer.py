"""Multi-head attention whose queries and keys read features, and whose values are the items' alone.

Letters: B batch, L keys, T queries, S side vectors of a position (features and place), H heads, E head size,
X size of a query and a key in one head, D embedding.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.attention.similarity.dot import DotSimilarity


class Read(NamedTuple):
    """What a mixer reads at some positions of a history."""

    item_BTD: Tensor
    side_BTSD: Tensor  # the vectors of the features, and that of the place in the history
    position_BT: Tensor  # int64: [1, L] for every position, [B, 1] for the newest of each row


class FeatureMixer(nn.Module, ABC):
    """A subclass makes queries and keys; their dot product, and the bias of the position, are the logit."""

    def __init__(self, *, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.head_dim = embedding_dim // num_heads
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        self.similarity = DotSimilarity(dim=self.head_dim)

    @abstractmethod
    def queries(self, read: Read, position: Position) -> Tensor:
        """[B, H, T, X], scaled."""

    @abstractmethod
    def keys(self, read: Read, position: Position) -> Tensor:
        """[B, H, L, X]."""

    def in_heads(self, x_BTD: Tensor, position_BT: Tensor, position: Position) -> Tensor:
        """[B, H, T, E], turned by the position where it is one that turns."""
        return position.rotate(split_heads(x_BTD, self.head_dim), position_BT)

    def forward(self, query: Read, memory: Read, visibility: Visibility, position: Position) -> Tensor:
        """[B, T, D]: what each query position gathers from the positions it sees."""
        context_BHTE = self.similarity.attend(
            self.queries(query, position),
            self.keys(memory, position),
            split_heads(self.value(memory.item_BTD), self.head_dim),
            *_mask_and_bias(memory, visibility, position),
        )
        mixed_BTD: Tensor = self.out(join_heads(context_BHTE))
        return mixed_BTD

    def weights(self, query: Read, memory: Read, visibility: Visibility, position: Position) -> Tensor:
        """[B, H, T, L]."""
        return self.similarity.weights(
            self.queries(query, position), self.keys(memory, position), *_mask_and_bias(memory, visibility, position)
        )


def _mask_and_bias(memory: Read, visibility: Visibility, position: Position) -> tuple[Tensor | None, Tensor | None]:
    """Of all heads: [B, 1, T, L] and [B or 1, H, T, L]."""
    keep_B1TL = None if visibility.keep_BTL is None else visibility.keep_BTL.unsqueeze(1)
    return keep_B1TL, position.bias(visibility.position_BT, memory.item_BTD.shape[1])
