"""A linear layer over the concatenated vectors of an id and its features."""

import torch
from torch import Tensor, nn

from recexp.fusion.base import Fusion


class ConcatFusion(Fusion):
    """W [e; f_1; ...; f_F], as in NOVA (Liu et al., AAAI 2021).

    W starts as identity matrices side by side, so the initial value is that of `sum`.
    """

    def __init__(self, *, num_features: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(embedding_dim).repeat(1, 1 + num_features))

    def forward(self, id_RD: Tensor, feature_RFD: Tensor) -> Tensor:
        return torch.cat([id_RD, feature_RFD.flatten(1)], dim=1) @ self.weight.mT
