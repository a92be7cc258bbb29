"""TiSASRec: the time between two items as relative keys and values.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding, K intervals.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, kept, split_heads
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import INIT_STD, init_linear_layers
from recexp.nn.masking import masked_softmax

NO_GAP = 2**62  # longer than any: the smallest gap of items that all have one time


class TiSASRecMixer(Mixer):
    """out_t = sum over l of a_tl (v_l + r^V[i_tl] + p^V[l]), a = softmax of q_t . (k_l + r^K[i_tl] + p^K[l]) / sqrt(E),
    with learned vectors r for each interval and p for each position (Li et al., WSDM 2020, eq. 3-6).

    i_tl is |time between the items t and l| in whole units of the user's smallest gap above 0, at most max_interval.
    The published smallest gap is that of the user's whole sequence, the test item included; here it is that of the
    items which the position sees (T29, T31). Each block has tables of its own. Since p is inside, use it with
    `attention/position=none`; the paper's blocks are `attention/residual=sasrec`.
    No tensor of [T, L, D] is built: q . r^K is computed for all K intervals and read at i_tl, and weights are summed by
    interval before they meet r^V. O(L (L + K) D) time, B H L (L + K) elements.
    """

    needs_time = True

    def __init__(self, *, embedding_dim: int, num_heads: int, max_history_len: int, max_interval: int) -> None:
        super().__init__()
        check_whole("attention.mixer.max_interval", max_interval, least=1)
        self.head_dim, self.max_interval = embedding_dim // num_heads, max_interval
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)
        self.position_key_value = nn.Parameter(torch.empty(max_history_len, 2 * embedding_dim))
        self.interval_key = nn.Parameter(torch.empty(max_interval + 1, embedding_dim))
        self.interval_value = nn.Parameter(torch.empty(max_interval + 1, embedding_dim))
        for table in (self.position_key_value, self.interval_key, self.interval_value):
            nn.init.normal_(table, std=INIT_STD)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        key_BHLE, value_BHLE = self._keys_values(memory_BLD)
        interval_BHTL = self._intervals(visibility)
        weight_BHTL = self._weights(query_BTD, key_BHLE, interval_BHTL, visibility)
        by_interval_BHTK = weight_BHTL.new_zeros(*weight_BHTL.shape[:3], self.max_interval + 1)
        by_interval_BHTK = by_interval_BHTK.scatter_add(-1, interval_BHTL.expand_as(weight_BHTL), weight_BHTL)
        gathered_BHTE = weight_BHTL @ value_BHLE + by_interval_BHTK @ self._in_heads(self.interval_value)
        out_BTD: Tensor = self.out(join_heads(gathered_BHTE))
        return out_BTD

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        return self._weights(query_BTD, self._keys_values(memory_BLD)[0], self._intervals(visibility), visibility)

    def _keys_values(self, memory_BLD: Tensor) -> tuple[Tensor, Tensor]:
        """k_l + p^K[l] and v_l + p^V[l], [B, H, L, E] each."""
        placed_BLD = self.key_value(memory_BLD) + self.position_key_value[: memory_BLD.shape[1]]
        key_BLD, value_BLD = placed_BLD.chunk(2, dim=-1)
        return split_heads(key_BLD, self.head_dim), split_heads(value_BLD, self.head_dim)

    def _weights(self, query_BTD: Tensor, key_BHLE: Tensor, interval_BHTL: Tensor, visibility: Visibility) -> Tensor:
        query_BHTE = split_heads(self.query(query_BTD), self.head_dim) * self.head_dim**-0.5
        logit_BHTL = query_BHTE @ key_BHLE.mT
        by_interval_BHTK = query_BHTE @ self._in_heads(self.interval_key).mT
        logit_BHTL = logit_BHTL + by_interval_BHTK.gather(-1, interval_BHTL.expand_as(logit_BHTL))
        return masked_softmax(logit_BHTL, kept(visibility, key_BHLE.shape[2], key_BHLE.device))

    def _in_heads(self, table_KD: Tensor) -> Tensor:
        """[H, K, E]."""
        return table_KD.unflatten(-1, (-1, self.head_dim)).transpose(0, 1)

    def _intervals(self, visibility: Visibility) -> Tensor:
        """interval_B1TL, int64: 0 ... max_interval."""
        interval_BTL = visibility.gap_BTL().abs() // smallest_gap(visibility).unsqueeze(2)
        return interval_BTL.clamp(max=self.max_interval).long().unsqueeze(1)


def smallest_gap(visibility: Visibility) -> Tensor:
    """[B, T]: the smallest time above 0 between two neighbours that a query position sees; without one, NO_GAP."""
    assert visibility.time_BL is not None  # needs_time
    step_BL = visibility.time_BL.diff(dim=1, prepend=visibility.time_BL[:, :1])  # below 0 where padding begins
    step_BL = torch.where(step_BL > 0, step_BL, NO_GAP)
    if visibility.keep_BTL is None:
        return step_BL.cummin(dim=1).values
    return step_BL.unsqueeze(1).masked_fill(~visibility.keep_BTL, NO_GAP).amin(dim=-1)
