"""The interface of fusions: one vector from the vector of an id and the vectors of its features.

Letters: R users or items, F features, D embedding.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn


class Fusion(nn.Module, ABC):
    """The constructor of a subclass takes `num_features` and `embedding_dim`.

    reads_features: whether the result depends on the features.
    """

    reads_features: ClassVar[bool] = True

    @abstractmethod
    def forward(self, id_RD: Tensor, feature_RFD: Tensor) -> Tensor:
        """Returns [R, D]."""
