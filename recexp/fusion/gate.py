"""A gate that weighs, in each dimension, the vector of an id against the vectors of its features."""

import torch
from torch import Tensor, nn

from recexp.fusion.base import Fusion
from recexp.nn.embedding import init_linear_layers


class GateFusion(Fusion):
    """g * e + (1 - g) * f with f = f_1 + ... + f_F and g = sigmoid(W [e; f] + b); g starts near one half.

    The id of an item without training interactions has learned nothing; the gate can learn to use its features instead.
    """

    def __init__(self, *, num_features: int, embedding_dim: int) -> None:
        super().__init__()
        self.gate = nn.Linear(2 * embedding_dim, embedding_dim)
        init_linear_layers(self)

    def forward(self, id_RD: Tensor, feature_RFD: Tensor) -> Tensor:
        feature_RD = feature_RFD.sum(dim=1)
        gate_RD = torch.sigmoid(self.gate(torch.cat([id_RD, feature_RD], dim=1)))
        return gate_RD * id_RD + (1 - gate_RD) * feature_RD
