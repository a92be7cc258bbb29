"""Item side: the candidate weighs the history.

Letters: B batch, L history, C candidates, H heads, E head size, D embedding.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights
from recexp.attention.key_bias.base import KeyBias
from recexp.attention.memory import Memory
from recexp.attention.mixer.base import split_heads
from recexp.attention.pooling.base import Pooling
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.attention.transformer import check_heads
from recexp.errors import ConfigError
from recexp.nn.embedding import init_linear_layers


class ItemAttention(Attention):
    """context(c) = sum over heads h and items l of a_h(l, c) V_h x_l,   a_h(., c) = pooling of the logits

        f(K_h (x_l + p_l), Q_h q_c) + b_hl,

    b being the key bias. NAIS (He et al., TKDE 2018) is `pooling=smoothed` with `similarity=hadamard` or `concat`, DIN
    (Zhou et al., KDD 2018) `pooling=sum` with `similarity=activation_unit`: docs/attention.md. Published models
    score one candidate at a time; here a position costs O(H L D) for a candidate in training, and all positions of a
    history together cost the same (`recexp/attention/memory.py`).

    num_heads: the keys and queries of each head have size E = D / H. A head's values have size D, so that heads need
    not be joined: Q, K, V and output of multi-head attention (Vaswani et al., NeurIPS 2017) with V_h = O_h V'_h.
    """

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        num_heads: int,
        position: Callable[..., Position],
        key_bias: Callable[..., KeyBias],
        similarity: Callable[..., Similarity],
        pooling: Pooling,
    ) -> None:
        super().__init__()
        check_heads(num_heads, embedding_dim)
        self.embedding_dim, self.head_dim = embedding_dim, embedding_dim // num_heads
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=1)
        if self.position.relative:
            raise ConfigError(
                f"attention/position: got {type(self.position).__name__}, which compares positions of query and key; "
                "a candidate has no position. Choose learned, sinusoidal or none; attention/key_bias=position_slope "
                "is the distance's"
            )
        self.key = nn.Linear(embedding_dim, embedding_dim)
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.value = nn.Linear(embedding_dim, num_heads * embedding_dim)
        self.key_bias = key_bias(num_heads=num_heads)
        self.needs_time = self.key_bias.needs_time
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=self.head_dim)
        self.pooling = pooling

    def encode(self, history: History, *, every_position: bool) -> Memory:
        key_BHLE = split_heads(self.key(self.position.add(history.item_BLD)), self.head_dim)
        return Memory(
            key_RHME=key_BHLE,
            value_RHMD=split_heads(self.drop(self.value(history.item_BLD)), self.embedding_dim),
            bias_RHM=self.key_bias(history).expand(key_BHLE.shape[:3]),
            keep_RM=history.keep_BL(),
            similarity=self.similarity,
            pooling=self.pooling,
            query=self.query,
            every_position=every_position,
        )

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        position_L = torch.arange(history.item_BLD.shape[1], device=item_CD.device)
        return self.encode(history, every_position=False).weights(item_CD, position_L)
