"""What a feature is: a vector for every user or every item, made from what is known of them.

Letters: R rows asked for, N all rows of a table, D embedding.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Feature(nn.Module, ABC):
    """One kind a subclass, made from a column: a pandas Series whose row is the contiguous index of the user or item.

    What is not known (NaN, None, an empty text, an empty list) has a learned vector of its own. What the column says
    is no weight: it is not in the checkpoint, and the training never changes it.
    """

    @abstractmethod
    def forward(self, row_R: Tensor) -> Tensor:
        """row_R: int64, rows of the column. Returns [R, D]."""
