"""One Transformer block: a mixer and a feed-forward layer, each with a residual.

Letters: B batch, L positions of the history, T query positions, D embedding, H heads.
"""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.feed_forward.base import FeedForward
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.base import Position
from recexp.attention.residual.base import Residual


class TransformerBlock(nn.Module):
    """The mixer carries vectors between positions; the feed-forward layer, if there is one, changes each by itself."""

    def __init__(self, *, mixer: Mixer, feed_forward: FeedForward, residual: Callable[[], Residual]) -> None:
        super().__init__()
        self.mixer, self.mixer_residual = mixer, residual()
        self.feed_forward: FeedForward | None = None
        if not feed_forward.identity:
            self.feed_forward, self.feed_forward_residual = feed_forward, residual()

    def forward(self, x_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """The block's output at the query positions x_BTD, which see memory_BLD: [B, T, D].

        Where all positions are queries, x_BTD and memory_BLD are the same tensor.
        """
        read_BTD, read_BLD = self._read(x_BTD, memory_BLD)
        mixed_BTD = self.mixer(read_BTD, read_BLD, visibility, position)
        x_BTD = self.mixer_residual.join(x_BTD, read_BTD, mixed_BTD)
        if self.feed_forward is None:
            return x_BTD
        read_BTD = self.feed_forward_residual.read(x_BTD)
        return self.feed_forward_residual.join(x_BTD, read_BTD, self.feed_forward(read_BTD))

    def weights(self, x_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor | None:
        """[B, H, T, L], or None where the mixer has no weights."""
        return self.mixer.weights(*self._read(x_BTD, memory_BLD), visibility, position)

    def _read(self, x_BTD: Tensor, memory_BLD: Tensor) -> tuple[Tensor, Tensor]:
        """What the mixer reads: queries and memory."""
        read_BTD = self.mixer_residual.read(x_BTD)
        return read_BTD, self.mixer_residual.read_memory(x_BTD, memory_BLD, read_BTD)
