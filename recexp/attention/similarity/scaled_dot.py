"""The dot product over the square root of the size."""

from torch import Tensor

from recexp.attention.similarity.base import FactoredSimilarity


class ScaledDotSimilarity(FactoredSimilarity):
    """f(q, k) = q . k / sqrt(dim) (Vaswani et al., NeurIPS 2017, eq. 1)."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.scale = dim**-0.5

    def project_query(self, query_TD: Tensor) -> Tensor:
        return query_TD * self.scale
