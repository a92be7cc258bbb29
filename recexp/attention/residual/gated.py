"""A gate decides how much of the layer is added."""

from torch import Tensor, nn

from recexp.attention.residual.base import Residual
from recexp.nn.embedding import init_linear_layers


class GatedResidual(Residual):
    """x + sigmoid(W x + b) * f(norm(x)): LiGR (Borisyuk et al., 2025, arXiv 2502.03417), as in eSASRec (RecSys 2025).

    The gate reads x itself and no norm follows the last block, as in eSASRec's public code. With a gate of 1 it is
    `attention/residual=pre`.
    """

    last_norm = False

    def __init__(self, *, embedding_dim: int, dropout: float) -> None:
        super().__init__(embedding_dim=embedding_dim, dropout=dropout)
        self.gate = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self.gate)

    def join(self, x_BTD: Tensor, read_BTD: Tensor, out_BTD: Tensor) -> Tensor:
        joined_BTD: Tensor = x_BTD + self.gate(x_BTD).sigmoid() * self.drop(out_BTD)
        return joined_BTD
