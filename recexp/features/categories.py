"""A feature with any number of values for each user or item: genres, tags, categories of a shop.

Letters: R requested rows, S values of all rows concatenated, V distinct values and the missing one, D embedding.
"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.features.base import Feature
from recexp.features.codes import value_codes
from recexp.nn.embedding import INIT_STD


class CategoriesFeature(Feature):
    """The mean of the vectors of a row's distinct values. An empty list has the vector of the missing value.

    All values are in one flat array: those of row r are code_S[offset[r] : offset[r + 1]], at least one.
    """

    code_S: Tensor
    offset: Tensor

    def __init__(self, *, column: pd.Series, embedding_dim: int) -> None:
        super().__init__()
        value_S = column.reset_index(drop=True).explode()  # an empty list becomes NaN
        code_S, num_codes = value_codes(value_S)
        row_S, code_S = np.unique(np.stack([value_S.index, code_S]), axis=1)
        offset = np.concatenate([[0], np.cumsum(np.bincount(row_S, minlength=len(column)))])
        self.register_buffer("code_S", torch.from_numpy(code_S), persistent=False)
        self.register_buffer("offset", torch.from_numpy(offset), persistent=False)
        self.weight_VD = nn.Parameter(torch.empty(num_codes, embedding_dim))
        nn.init.normal_(self.weight_VD, std=INIT_STD)

    def forward(self, row_R: Tensor) -> Tensor:
        length_R = self.offset[row_R + 1] - self.offset[row_R]
        begin_R = length_R.cumsum(0) - length_R  # where the values of each row begin among those of the requested rows
        shift_S = (self.offset[row_R] - begin_R).repeat_interleave(length_R)
        place_S = torch.arange(len(shift_S), device=row_R.device) + shift_S
        return F.embedding_bag(self.code_S[place_S], self.weight_VD, begin_R, mode="mean")
