"""What a residual is: how a layer f of a Transformer block (its mixer, its feed-forward layer) is joined to its input.

Letters: B batch, L positions of the history, T query positions, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn


class Residual(nn.Module, ABC):
    """Made with embedding_dim and dropout, one for each layer of each block.

    last_norm: whether the output of the last block still has to be normalised, by a layer norm of its own.
    """

    last_norm: ClassVar[bool]

    def __init__(self, *, embedding_dim: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)

    def read(self, x_BTD: Tensor) -> Tensor:
        """What f reads of x, [B, T, D]; by default x normalised."""
        normed_BTD: Tensor = self.norm(x_BTD)
        return normed_BTD

    def read_memory(self, x_BTD: Tensor, memory_BLD: Tensor, read_BTD: Tensor) -> Tensor:
        """What a mixer reads of the positions that its queries see, [B, L, D]; by default as of the queries.

        memory_BLD is x_BTD itself where all positions are queries; read_BTD: what it read of x.
        """
        return read_BTD if memory_BLD is x_BTD else self.read(memory_BLD)

    @abstractmethod
    def join(self, x_BTD: Tensor, read_BTD: Tensor, out_BTD: Tensor) -> Tensor:
        """What follows the layer, [B, T, D]. read_BTD: what f read of x; out_BTD: f's output."""
