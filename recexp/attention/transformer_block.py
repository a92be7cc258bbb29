"""One Transformer block: a mixer and a feed-forward layer, each with a residual.

Letters: B batch, L positions of the history, T query positions, D embedding, H heads.
"""

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.base import Position
from recexp.nn.embedding import init_linear_layers

NORM_PLACES = ("pre", "post")


class TransformerBlock(nn.Module):
    """norm "pre": x + f(norm(x)); "post": norm(x + f(x)), as in the original Transformer."""

    def __init__(
        self, *, embedding_dim: int, hidden_dim: int, dropout: float, norm: str, activation: nn.Module, mixer: Mixer
    ) -> None:
        super().__init__()
        self.pre = norm == "pre"
        self.mixer = mixer
        self.feed_forward = nn.Sequential(
            nn.Linear(embedding_dim, hidden_dim), activation, nn.Linear(hidden_dim, embedding_dim)
        )
        init_linear_layers(self.feed_forward)
        self.mixer_norm, self.feed_forward_norm = nn.LayerNorm(embedding_dim), nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """The block's output at the query positions x_BTD, which see memory_BLD: [B, T, D].

        Where all positions are queries, x_BTD and memory_BLD are the same tensor.
        """
        if not self.pre:
            x_BTD = self.mixer_norm(x_BTD + self.drop(self.mixer(x_BTD, memory_BLD, visibility, position)))
            return self.feed_forward_norm(x_BTD + self.drop(self.feed_forward(x_BTD)))
        mixed_BTD = self.mixer(*self._normed(x_BTD, memory_BLD), visibility, position)
        x_BTD = x_BTD + self.drop(mixed_BTD)
        return x_BTD + self.drop(self.feed_forward(self.feed_forward_norm(x_BTD)))

    def weights(self, x_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor | None:
        """[B, H, T, L], or None where the mixer has no weights."""
        if self.pre:
            x_BTD, memory_BLD = self._normed(x_BTD, memory_BLD)
        return self.mixer.weights(x_BTD, memory_BLD, visibility, position)

    def _normed(self, x_BTD: Tensor, memory_BLD: Tensor) -> tuple[Tensor, Tensor]:
        normed_BTD = self.mixer_norm(x_BTD)
        return normed_BTD, normed_BTD if memory_BLD is x_BTD else self.mixer_norm(memory_BLD)
