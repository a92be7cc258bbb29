"""What a time is: how the time between two items of a history changes the logit of one for the other.

Letters: B rows, T query positions, L keys, H heads.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from recexp.attention.base import Visibility


class Time(nn.Module, ABC):
    """A number added to the logits of each head. Made with num_heads; all blocks share it.

    needs_time: whether it reads times, so that a history without any is an error.
    """

    needs_time: ClassVar[bool] = True

    def forward(self, visibility: Visibility) -> Visibility:
        """The same with `time_bias_BHTL`."""
        return visibility._replace(time_bias_BHTL=self.bias(visibility))

    @abstractmethod
    def bias(self, visibility: Visibility) -> Tensor | None:
        """[B, H, T, L], or None: nothing. Made of `visibility.gap_BTL()`, which never reads the time of the target."""
