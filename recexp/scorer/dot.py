"""The dot product of context and candidate."""

from torch import Tensor

from recexp.scorer.base import Scorer


class DotScorer(Scorer):
    """s(x, q) = x . q, as in SASRec (Kang & McAuley, ICDM 2018, section III-E)."""

    linear = True

    def __init__(self, *, dim: int) -> None:
        super().__init__()

    def forward(self, context_RTD: Tensor, item_CD: Tensor) -> Tensor:
        return context_RTD @ item_CD.mT

    def paired(self, context_D: Tensor, item_D: Tensor) -> Tensor:
        return (context_D * item_D).sum(dim=-1)
