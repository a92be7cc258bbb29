"""Item side: the candidate weighs the history.

Letters: B batch, L history, C candidates, D embedding.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights
from recexp.attention.memory import Memory
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.errors import ConfigError
from recexp.nn.embedding import init_linear_layers


class ItemAttention(Attention):
    """a(l, c) = softmax over l of f(K (x_l + p_l), Q q_c) + r l; the value of an item is V x_l.

    NAIS (He et al., TKDE 2018, eq. 5-7) with a plain softmax (beta = 1) and DIN (Zhou et al., KDD 2018) learn the
    same weights for one candidate at a time. The learned slope r lets recent items weigh more: in a softmax a
    linear bias depends on distance alone (ALiBi, Press et al., ICLR 2022).
    """

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        position: Callable[..., Position],
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=1)
        if self.position.relative:
            raise ConfigError(
                f"attention/position: got {type(self.position).__name__}, which compares positions of query and key; "
                "a candidate has no position. Choose learned, sinusoidal or none: the distance has a slope of its own"
            )
        self.key = nn.Linear(embedding_dim, embedding_dim)
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.recency = nn.Parameter(torch.zeros(()))
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=embedding_dim)

    def encode(self, history: History, *, every_position: bool) -> Memory:
        key_BLD = self.key(self.position.add(history.item_BLD))
        place_L = torch.arange(key_BLD.shape[1], device=key_BLD.device, dtype=key_BLD.dtype)
        return Memory(
            key_RMD=key_BLD,
            value_RMD=self.drop(self.value(history.item_BLD)),
            bias_RM=(self.recency * place_L).expand(len(key_BLD), -1),
            keep_RM=history.keep_BL(),
            similarity=self.similarity,
            query=self.query,
            every_position=every_position,
        )

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        position_L = torch.arange(history.item_BLD.shape[1], device=item_CD.device)
        return self.encode(history, every_position=False).weights(item_CD, position_L)
