"""A feature with one number for each user or item: age, year, price. There are three ways to normalise it.

Letters: R requested rows, N all rows, D embedding.
"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from recexp.errors import DataError
from recexp.features.base import Feature
from recexp.features.category import CategoryFeature
from recexp.features.codes import known_numbers
from recexp.nn.embedding import INIT_STD

NUM_BINS = 10


class NumberFeature(Feature):
    """x w + b for the standardised number x; a missing number has a vector of its own.

    Mean and standard deviation are those of the known numbers of the table; each user or item counts once.
    """

    value_N: Tensor
    known_N: Tensor

    def __init__(self, *, column: pd.Series, embedding_dim: int) -> None:
        super().__init__()
        number_N = known_numbers(column)
        spread = number_N.std(ddof=0)
        value_N = (number_N - number_N.mean()) / (spread if spread > 0 else 1.0)
        self.register_buffer("value_N", torch.tensor(value_N.fillna(0).to_numpy(np.float32)), persistent=False)
        self.register_buffer("known_N", torch.tensor(number_N.notna().to_numpy()), persistent=False)
        self.slope_D = nn.Parameter(torch.empty(embedding_dim))
        self.known_D = nn.Parameter(torch.empty(embedding_dim))
        self.missing_D = nn.Parameter(torch.empty(embedding_dim))
        for vector in (self.slope_D, self.known_D, self.missing_D):
            nn.init.normal_(vector, std=INIT_STD)

    def forward(self, row_R: Tensor) -> Tensor:
        line_RD = self.value_N[row_R, None] * self.slope_D + self.known_D
        return torch.where(self.known_N[row_R, None], line_RD, self.missing_D)


class LogNumberFeature(NumberFeature):
    """`NumberFeature` of log(1 + x), for prices and counts, where ratios matter more than differences."""

    def __init__(self, *, column: pd.Series, embedding_dim: int) -> None:
        number = known_numbers(column)
        if (number < 0).any():
            row = int((number < 0).argmax())
            raise DataError(
                f"feature {column.name!r}: got {number.iloc[row]:g} for {column.index[row]!r}, expected numbers from 0 "
                f"on for the logarithm; dataset.features.{column.name}=number takes any number"
            )
        super().__init__(column=np.log1p(number), embedding_dim=embedding_dim)


class BinnedNumberFeature(CategoryFeature):
    """A learned vector for each of ten bins. The bins hold about equally many known numbers; equal ones share a bin."""

    def __init__(self, *, column: pd.Series, embedding_dim: int) -> None:
        number_N = known_numbers(column)
        lower_N = number_N.rank(method="min") - 1  # how many are lower
        super().__init__(column=lower_N * NUM_BINS // number_N.count(), embedding_dim=embedding_dim)
