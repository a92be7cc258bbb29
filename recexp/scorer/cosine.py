"""The cosine of context and candidate over a temperature."""

from torch import Tensor
from torch.nn import functional as F

from recexp.nn.temperature import Temperature
from recexp.scorer.base import Scorer


class CosineScorer(Scorer):
    """s(x, q) = cos(x, q) / temperature, as in CORE (Hou et al., SIGIR 2022, eq. 9); a zero vector scores 0."""

    linear = False

    def __init__(self, *, dim: int, temperature: float, learn_temperature: bool) -> None:
        super().__init__()
        self.temperature = Temperature(initial=temperature, learn=learn_temperature, key="scorer.temperature")

    def forward(self, context_RTD: Tensor, item_CD: Tensor) -> Tensor:
        return F.normalize(context_RTD, dim=-1) / self.temperature() @ F.normalize(item_CD, dim=-1).mT

    def paired(self, context_D: Tensor, item_D: Tensor) -> Tensor:
        return (F.normalize(context_D, dim=-1) * F.normalize(item_D, dim=-1)).sum(dim=-1) / self.temperature()
