"""The cosine of query and key over a temperature."""

from torch import Tensor
from torch.nn import functional as F

from recexp.attention.similarity.base import FactoredSimilarity
from recexp.nn.temperature import Temperature


class CosineSimilarity(FactoredSimilarity):
    """f(q, k) = cos(q, k) / temperature; a zero vector has cosine 0 with everything."""

    def __init__(self, *, dim: int, temperature: float, learn_temperature: bool) -> None:
        super().__init__()
        self.temperature = Temperature(
            initial=temperature, learn=learn_temperature, key="attention.similarity.temperature"
        )

    def project_query(self, query_TD: Tensor) -> Tensor:
        return F.normalize(query_TD, dim=-1) / self.temperature()

    def project_key(self, key_LD: Tensor) -> Tensor:
        return F.normalize(key_LD, dim=-1)
