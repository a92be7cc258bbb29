"""One Transformer block: multi-head attention and a feed-forward layer, each with a residual.

Letters: B batch, L keys, T queries, D embedding, H heads, E head size.
"""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.similarity.base import Similarity
from recexp.errors import ConfigError
from recexp.nn.embedding import init_linear_layers

NORM_PLACES = ("pre", "post")


class MultiHeadAttention(nn.Module):
    """Vaswani et al., NeurIPS 2017, section 3.2.2, with a similarity of choice in each head."""

    def __init__(
        self, *, embedding_dim: int, num_heads: int, attention_dropout: float, similarity: Callable[..., Similarity]
    ) -> None:
        super().__init__()
        if num_heads < 1 or embedding_dim % num_heads:
            raise ConfigError(
                f"attention.num_heads: got {num_heads}, expected a divisor of embedding_dim ({embedding_dim})"
            )
        self.head_dim = embedding_dim // num_heads
        self.attention_dropout = attention_dropout
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)
        self.similarity = similarity(dim=self.head_dim)

    def _heads(self, x_BLD: Tensor) -> Tensor:
        return x_BLD.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, keep_B1TL: Tensor | None) -> Tensor:
        """query_BTD attends to memory_BLD; keep: bool, broadcastable to [B, H, T, L], None = causal (T = L)."""
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        context_BHTE = self.similarity.attend(
            self._heads(self.query(query_BTD)),
            self._heads(key_BLD),
            self._heads(value_BLD),
            keep_B1TL,
            dropout=self.attention_dropout if self.training else 0.0,
        )
        return self.out(context_BHTE.transpose(1, 2).flatten(2))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, keep_B1TL: Tensor) -> Tensor:
        """[B, H, T, L]."""
        key_BLD, _ = self.key_value(memory_BLD).chunk(2, dim=-1)
        return self.similarity.weights(self._heads(self.query(query_BTD)), self._heads(key_BLD), keep_B1TL)


class TransformerBlock(nn.Module):
    """norm "pre": x + f(norm(x)); "post": norm(x + f(x)), as in the original Transformer."""

    def __init__(
        self,
        *,
        embedding_dim: int,
        num_heads: int,
        hidden_dim: int,
        dropout: float,
        attention_dropout: float,
        norm: str,
        activation: nn.Module,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        self.pre = norm == "pre"
        self.attention = MultiHeadAttention(
            embedding_dim=embedding_dim,
            num_heads=num_heads,
            attention_dropout=attention_dropout,
            similarity=similarity,
        )
        self.feed_forward = nn.Sequential(
            nn.Linear(embedding_dim, hidden_dim), activation, nn.Linear(hidden_dim, embedding_dim)
        )
        init_linear_layers(self.feed_forward)
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(embedding_dim), nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_BLD: Tensor) -> Tensor:
        """Causal, at every position: [B, L, D] -> [B, L, D]."""
        return self.at(x_BLD, x_BLD, None)

    def at(self, x_BTD: Tensor, memory_BLD: Tensor, keep_B1TL: Tensor | None) -> Tensor:
        """The block's output at the positions x_BTD only, attending to memory_BLD: [B, T, D]."""
        if not self.pre:
            x_BTD = self.attention_norm(x_BTD + self.drop(self.attention(x_BTD, memory_BLD, keep_B1TL)))
            return self.feed_forward_norm(x_BTD + self.drop(self.feed_forward(x_BTD)))
        normed_BTD = self.attention_norm(x_BTD)
        memory_BLD = normed_BTD if memory_BLD is x_BTD else self.attention_norm(memory_BLD)
        x_BTD = x_BTD + self.drop(self.attention(normed_BTD, memory_BLD, keep_B1TL))
        return x_BTD + self.drop(self.feed_forward(self.feed_forward_norm(x_BTD)))

    def weights(self, x_BTD: Tensor, memory_BLD: Tensor, keep_B1TL: Tensor) -> Tensor:
        """[B, H, T, L]."""
        if self.pre:
            x_BTD, memory_BLD = self.attention_norm(x_BTD), self.attention_norm(memory_BLD)
        return self.attention.weights(x_BTD, memory_BLD, keep_B1TL)
