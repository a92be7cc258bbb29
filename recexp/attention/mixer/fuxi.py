"""FuXi-alpha: meaning, position and time gather values in channels of their own.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding, W = D times the number of channels.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, kept, split_heads
from recexp.attention.mixer.hstu import EPS, pointwise_weights
from recexp.attention.position.base import Position
from recexp.attention.position.relative import RelativePosition
from recexp.attention.time.buckets import BucketTime
from recexp.nn.embedding import init_linear_layers


class FuXiMixer(Mixer):
    """W (rms_norm([A V; P V; B V]) * U), with U, Q, K, V = SiLU of linear layers, A = SiLU(Q K^T) / max_history_len,
    P a learned number for each distance and B one for each bucket of gaps, both for all heads (Ye et al., FuXi-alpha,
    WWW 2025, section 3.3.1).

    With `attention/feed_forward=swiglu` behind it, a block has the two stages of the paper's feed-forward network: W
    with its residual is the first. Distance and gap are channels of this mixer, so `attention/position` need be none
    or one that is added to the items. time: whether there is a time channel.
    Differences: A is divided by max_history_len, not by the padded length (T17, T31); a gap ends at the query's own
    item, where the public code lets it end at the next one, the target (T29); the norms of the block are layer norms,
    where the public code has rms norms; P and B start at 0. It shows no weights: each channel has its own. O(L^2 D).
    """

    def __init__(
        self, *, embedding_dim: int, num_heads: int, max_history_len: int, time: bool, num_buckets: int
    ) -> None:
        super().__init__()
        self.head_dim, self.max_history_len, self.needs_time = embedding_dim // num_heads, max_history_len, time
        self.distance = RelativePosition(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=1)
        self.gap = BucketTime(num_heads=1, num_buckets=num_buckets) if time else None
        width = embedding_dim * (3 if time else 2)
        self.query = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.gate = nn.Linear(embedding_dim, width, bias=False)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim, bias=False)
        self.out = nn.Linear(width, embedding_dim)
        init_linear_layers(self)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        key_BLD, value_BLD = F.silu(self.key_value(memory_BLD)).chunk(2, dim=-1)
        query_BHTE = split_heads(F.silu(self.query(query_BTD)), self.head_dim)
        meaning_BHTL = pointwise_weights(query_BHTE, split_heads(key_BLD, self.head_dim), None, visibility)
        channels = [meaning_BHTL / self.max_history_len, *self._channels(visibility, key_BLD)]
        value_BHLE = split_heads(value_BLD, self.head_dim)
        gathered_BTW = torch.cat([join_heads(weight_BHTL @ value_BHLE) for weight_BHTL in channels], dim=-1)
        normed_BTW = F.rms_norm(gathered_BTW, gathered_BTW.shape[-1:], eps=EPS)
        out_BTD: Tensor = self.out(normed_BTW * F.silu(self.gate(query_BTD)))
        return out_BTD

    def _channels(self, visibility: Visibility, memory_BLD: Tensor) -> list[Tensor]:
        """Weights by distance and by time, [B or 1, 1, T, L] each."""
        length = memory_BLD.shape[1]
        weights = [self.distance.bias(visibility.position_BT, length)]
        if self.gap is not None:
            weights.append(self.gap.bias(visibility))
        keep_B1TL = kept(visibility, length, memory_BLD.device)
        return [weight * keep_B1TL for weight in weights]
