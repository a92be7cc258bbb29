"""The sum of the vectors of an id and its features."""

from torch import Tensor

from recexp.fusion.base import Fusion


class SumFusion(Fusion):
    """e + f_1 + ... + f_F, as in NOVA (Liu et al., AAAI 2021)."""

    def __init__(self, *, num_features: int, embedding_dim: int) -> None:
        super().__init__()

    def forward(self, id_RD: Tensor, feature_RFD: Tensor) -> Tensor:
        return id_RD + feature_RFD.sum(dim=1)
