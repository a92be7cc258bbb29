"""A learned bilinear form of context and candidate."""

import torch
from torch import Tensor, nn

from recexp.scorer.base import Scorer


class BilinearScorer(Scorer):
    """s(x, q) = x^T W q, as in NARM (Li et al., CIKM 2017, eq. 10); W starts as the identity, that is as `dot`."""

    linear = True

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(dim))

    def forward(self, context_RTD: Tensor, item_CD: Tensor) -> Tensor:
        return (context_RTD @ self.weight) @ item_CD.mT

    def paired(self, context_D: Tensor, item_D: Tensor) -> Tensor:
        return ((context_D @ self.weight) * item_D).sum(dim=-1)
