"""Multi-head softmax attention.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding.
"""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, logit_bias, placed, split_heads
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.checks import check_share
from recexp.nn.embedding import init_linear_layers


class SoftmaxMixer(Mixer):
    """Vaswani et al., NeurIPS 2017, section 3.2.2, with a similarity of choice in each head. O(L^2 D).

    attention_dropout: probability to drop a weight.
    """

    relative_positions = True
    time_bias = True

    def __init__(
        self,
        *,
        embedding_dim: int,
        num_heads: int,
        attention_dropout: float,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        check_share("attention.mixer.attention_dropout", attention_dropout)
        self.head_dim = embedding_dim // num_heads
        self.attention_dropout = attention_dropout
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)
        self.similarity = similarity(dim=self.head_dim)

    def _query_and_keys(
        self, query_BTD: Tensor, key_BLD: Tensor, visibility: Visibility, position: Position
    ) -> tuple[Tensor, Tensor]:
        query_BHTE = split_heads(self.query(query_BTD), self.head_dim)
        return placed(query_BHTE, split_heads(key_BLD, self.head_dim), visibility, position)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        context_BHTE = self.similarity.attend(
            *self._query_and_keys(query_BTD, key_BLD, visibility, position),
            split_heads(value_BLD, self.head_dim),
            _in_heads(visibility),
            logit_bias(visibility, position, memory_BLD.shape[1]),
            dropout=self.attention_dropout if self.training else 0.0,
        )
        return self.out(join_heads(context_BHTE))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        key_BLD, _ = self.key_value(memory_BLD).chunk(2, dim=-1)
        return self.similarity.weights(
            *self._query_and_keys(query_BTD, key_BLD, visibility, position),
            _in_heads(visibility),
            logit_bias(visibility, position, memory_BLD.shape[1]),
        )


def _in_heads(visibility: Visibility) -> Tensor | None:
    """keep_B1TL, the same for all heads."""
    return None if visibility.keep_BTL is None else visibility.keep_BTL.unsqueeze(1)
