"""Two stages for long histories: a search finds k items for each candidate, and the candidate attends to these.

Letters: B batch, L history, C candidates, D embedding.
"""

from abc import abstractmethod

import torch
from torch import Tensor

from recexp.attention.base import Attention, History, Weights
from recexp.attention.item import ItemAttention
from recexp.attention.memory import Memory
from recexp.attention.top_k_memory import TopKMemory
from recexp.checks import check_whole
from recexp.errors import ConfigError


class TopKAttention(Attention):
    """`target`, an attention of the item side, over the k items that a search finds among those up to the position.

    Where k covers the history, this is `target` alone. A subclass says how the search goes. The search is repeated at
    every position and never sees later items. What it leaves out has weight 0 and gets no gradient; among equals it
    takes the newer item.
    """

    def __init__(self, *, k: int, target: Attention) -> None:
        super().__init__()
        check_whole("attention.k", k, least=1)
        if not isinstance(target, ItemAttention):
            raise ConfigError(
                f"attention.target: got {type(target).__name__}, expected attention@attention.target=item, in which "
                "each candidate weighs the items of the history"
            )
        self.k, self.target = k, target
        self.needs_time = target.needs_time

    def encode(self, history: History, *, every_position: bool) -> TopKMemory:
        return self.searched(history, self.target.encode(history, every_position=every_position))

    @abstractmethod
    def searched(self, history: History, memory: Memory) -> TopKMemory:
        """memory: the whole history as `target` reads it. Returns the same with a search."""

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        position_L = torch.arange(history.item_BLD.shape[1], device=item_CD.device)
        return self.encode(history, every_position=False).weights(item_CD, position_L)
