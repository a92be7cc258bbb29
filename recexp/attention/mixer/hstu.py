"""HSTU: pointwise attention without a softmax, gated by the query.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, kept, logit_bias, placed, split_heads
from recexp.attention.position.base import Position
from recexp.nn.embedding import init_linear_layers

EPS = 1e-6  # of the norm behind the attention, as in HSTU's public code; the vectors there are small


class HSTUMixer(Mixer):
    """W norm(A V) * U with U, Q, K, V = SiLU of linear layers and A = SiLU(Q K^T + b) / max_history_len.

    Zhai et al., ICML 2024, eq. 1-3. b is what `attention/position=relative` and `attention/time=buckets` add: HSTU's
    rab^p and rab^t, here for each head and shared by all blocks. Use it with `attention/feed_forward=none`: the gate U
    takes the place of the feed-forward layer. Weights are no shares: they may be negative, and do not sum to 1.
    The public code divides by the length to which a batch is padded, so that a score depends on the other rows (T17,
    T31); here it is max_history_len. Its dropout lies before W, here behind it. O(L^2 D).
    """

    relative_positions = True
    time_bias = True

    def __init__(self, *, embedding_dim: int, num_heads: int, max_history_len: int) -> None:
        super().__init__()
        self.head_dim, self.max_history_len = embedding_dim // num_heads, max_history_len
        self.query_gate = nn.Linear(embedding_dim, 2 * embedding_dim, bias=False)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim, bias=False)
        self.norm = nn.LayerNorm(embedding_dim, eps=EPS, elementwise_affine=False)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query_BTD, gate_BTD = F.silu(self.query_gate(query_BTD)).chunk(2, dim=-1)
        key_BLD, value_BLD = F.silu(self.key_value(memory_BLD)).chunk(2, dim=-1)
        weight_BHTL = self._weights(query_BTD, key_BLD, visibility, position)
        gathered_BTD = join_heads(weight_BHTL @ split_heads(value_BLD, self.head_dim))
        out_BTD: Tensor = self.out(self.norm(gathered_BTD) * gate_BTD)
        return out_BTD

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query_BTD, _ = F.silu(self.query_gate(query_BTD)).chunk(2, dim=-1)
        key_BLD, _ = F.silu(self.key_value(memory_BLD)).chunk(2, dim=-1)
        return self._weights(query_BTD, key_BLD, visibility, position)

    def _weights(self, query_BTD: Tensor, key_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query_BHTE, key_BHLE = split_heads(query_BTD, self.head_dim), split_heads(key_BLD, self.head_dim)
        bias = logit_bias(visibility, position, key_BLD.shape[1])
        query_BHTE, key_BHLE = placed(query_BHTE, key_BHLE, visibility, position)
        return pointwise_weights(query_BHTE, key_BHLE, bias, visibility) / self.max_history_len


def pointwise_weights(query_BHTE: Tensor, key_BHLE: Tensor, bias: Tensor | None, visibility: Visibility) -> Tensor:
    """weight_BHTL: SiLU(Q K^T + bias) where a position is seen, else 0."""
    logit_BHTL = query_BHTE @ key_BHLE.mT
    weight_BHTL = F.silu(logit_BHTL if bias is None else logit_BHTL + bias)
    return torch.where(kept(visibility, key_BHLE.shape[2], key_BHLE.device), weight_BHTL, 0)
