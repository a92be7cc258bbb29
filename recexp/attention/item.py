"""Item side: the candidate weighs the history."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import History
from recexp.attention.candidate_aware import CandidateAwareAttention, Memory
from recexp.attention.similarity.base import Similarity
from recexp.nn.embedding import PositionEmbedding, init_linear_layers


class ItemAttention(CandidateAwareAttention):
    """a(l, c) = softmax over l of f(K (x_l + p_l), Q q_c) + r l; the value of an item is V x_l.

    NAIS (He et al., TKDE 2018, eq. 5-7) with a plain softmax (beta = 1) and DIN (Zhou et al., KDD 2018) learn the
    same weights for one candidate at a time. The learned slope r lets recent items weighted_loss more: in a softmax a
    linear bias depends on distance alone (ALiBi, Press et al., ICLR 2022).
    """

    def __init__(
        self, *, embedding_dim: int, max_history_len: int, dropout: float, similarity: Callable[..., Similarity]
    ) -> None:
        super().__init__()
        self.position = PositionEmbedding(max_history_len=max_history_len, embedding_dim=embedding_dim)
        self.key = nn.Linear(embedding_dim, embedding_dim)
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.recency = nn.Parameter(torch.zeros(()))
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=embedding_dim)

    def remember(self, history: History) -> Memory:
        length = history.item_BLD.shape[1]
        key_BLD = self.key(history.item_BLD + self.position(length))
        value_BLD = self.drop(self.value(history.item_BLD))
        place_L = torch.arange(length, device=key_BLD.device, dtype=key_BLD.dtype)
        bias_BL = (self.recency * place_L).expand(len(key_BLD), -1)
        return Memory(key_BLD, value_BLD, bias_BL, history.keep_BL())

    def ask(self, item_CD: Tensor) -> Tensor:
        return self.query(item_CD)
