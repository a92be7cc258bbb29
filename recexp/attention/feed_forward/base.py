"""What a feed-forward layer is: what a Transformer block does to each position by itself, behind its mixer.

Letters: B batch, T positions, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn


class FeedForward(nn.Module, ABC):
    """Made with embedding_dim.

    identity: whether it changes nothing, so that a block ends behind its mixer.
    """

    identity: ClassVar[bool] = False

    @abstractmethod
    def forward(self, x_BTD: Tensor) -> Tensor:
        """[B, T, D], each position by itself."""
