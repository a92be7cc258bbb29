"""A feature with one value for each user or item: gender, occupation, brand.

Letters: R requested rows, N all rows, V distinct values and the missing one, D embedding.
"""

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.features.base import Feature
from recexp.features.codes import value_codes
from recexp.nn.embedding import INIT_STD


class CategoryFeature(Feature):
    """A learned vector for each distinct value."""

    code_N: Tensor

    def __init__(self, *, column: pd.Series, embedding_dim: int) -> None:
        super().__init__()
        code_N, num_codes = value_codes(column)
        self.register_buffer("code_N", torch.from_numpy(code_N), persistent=False)
        self.weight_VD = nn.Parameter(torch.empty(num_codes, embedding_dim))
        nn.init.normal_(self.weight_VD, std=INIT_STD)

    def forward(self, row_R: Tensor) -> Tensor:
        return F.embedding(self.code_N[row_R], self.weight_VD)
