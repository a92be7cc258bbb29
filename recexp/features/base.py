"""The interface of features: a vector for every user or item, computed from a column of side information.

Letters: R requested rows, N all rows of a table, D embedding.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Feature(nn.Module, ABC):
    """Each kind of feature is a subclass. Its constructor takes a column, a pandas Series indexed by id, whose row
    number is the contiguous index of the user or item, and embedding_dim.

    A missing value (NaN, None, an empty text, an empty list) has a learned vector of its own. The values of the column
    are not weights: they are not in the checkpoint, and training does not change them.
    """

    @abstractmethod
    def forward(self, row_R: Tensor) -> Tensor:
        """row_R: int64, rows of the column. Returns [R, D]."""
