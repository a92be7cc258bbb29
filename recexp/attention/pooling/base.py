"""What a pooling is: how the logits of memory tokens become their weights.

Letters: R rows, M memory tokens in time order, C candidates.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Pooling(nn.Module, ABC):
    """pooled = sum over tokens of weight times value. Its two forms agree: the last token's pooled value is the sum
    over the weights of all tokens. Where adding a number to all logits changes the weights (it does not in a softmax),
    a slope over places or times counts from the oldest item of the window.
    """

    @abstractmethod
    def running(self, logit_RMC: Tensor, value_RMC: Tensor) -> Tensor:
        """pooled_RMC: at each token, over the tokens up to it. O(M) for a candidate."""

    @abstractmethod
    def weights(self, logit_RCM: Tensor, keep_RCM: Tensor) -> Tensor:
        """[R, C, M]: over the kept tokens, 0 for the others. keep_RCM: bool, broadcastable to the logits."""
