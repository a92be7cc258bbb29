"""What a key bias is: a number added to the logit of a history item.

Letters: B batch, H heads, L history.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from recexp.attention.base import History


class KeyBias(nn.Module, ABC):
    """It depends on the item and on what came before it, so every later position and every candidate can share it.

    In particular it never reads the time of the request or of the target (T29). Made with num_heads.
    needs_time: whether it reads the times of the history.
    """

    needs_time: ClassVar[bool] = False

    @abstractmethod
    def forward(self, history: History) -> Tensor:
        """bias_BHL; an axis that makes no difference may have size 1."""
