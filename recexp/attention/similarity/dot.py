"""The dot product of query and key."""

from torch import Tensor

from recexp.attention.similarity.base import FactoredSimilarity


class DotSimilarity(FactoredSimilarity):
    """f(q, k) = q . k (Luong et al., EMNLP 2015, eq. 8)."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()

    def project_query(self, query_TD: Tensor) -> Tensor:
        return query_TD
