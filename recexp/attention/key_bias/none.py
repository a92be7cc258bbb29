"""No key bias."""

from torch import Tensor

from recexp.attention.base import History
from recexp.attention.key_bias.base import KeyBias


class NoKeyBias(KeyBias):
    """b_l = 0: the logit is the similarity alone."""

    def __init__(self, *, num_heads: int) -> None:
        super().__init__()

    def forward(self, history: History) -> Tensor:
        return history.item_BLD.new_zeros(1, 1, 1)
