"""No feed-forward layer: a block is its mixer alone."""

from torch import Tensor

from recexp.attention.feed_forward.base import FeedForward


class NoFeedForward(FeedForward):
    """For mixers that hold such a layer themselves, as HSTU does."""

    identity = True

    def __init__(self, *, embedding_dim: int) -> None:
        super().__init__()

    def forward(self, x_BTD: Tensor) -> Tensor:
        return x_BTD
