"""Nothing is fused: the vector of an id stays as it is, and its features reach an attention that reads them."""

from torch import Tensor

from recexp.fusion.base import Fusion


class NoFusion(Fusion):
    """e. As in NOVA, DIF-SR and FDSA, where features decide on weights and candidates are ids alone."""

    reads_features = False

    def __init__(self, *, num_features: int, embedding_dim: int) -> None:
        super().__init__()

    def forward(self, id_RD: Tensor, feature_RFD: Tensor) -> Tensor:
        return id_RD
