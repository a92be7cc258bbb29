"""Linear attention: a kernel in place of the softmax, so that positions share running sums.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class LinearMixer(Mixer):
    """out_t = phi(q_t) S_t / (phi(q_t) . z_t), S_t = sum over l <= t of phi(k_l) v_l^T, z_t = sum of phi(k_l), with
    phi = elu + 1 (Katharopoulos et al., ICML 2020, eq. 9-12). O(L D E) instead of O(L^2 D).

    chunk_len: positions that are compared directly; the sums S are kept once a chunk, so that no [L, E, E] tensor is
    built. The result does not depend on it.
    """

    def __init__(self, *, embedding_dim: int, num_heads: int, chunk_len: int) -> None:
        super().__init__()
        check_whole("attention.mixer.chunk_len", chunk_len, least=1)
        self.head_dim, self.chunk_len = embedding_dim // num_heads, chunk_len
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def _features(self, query_BTD: Tensor, memory_BLD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """phi(q), phi(k) and the values, in heads."""
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        query_BHTE, key_BHLE, value_BHLE = (
            split_heads(x, self.head_dim) for x in (self.query(query_BTD), key_BLD, value_BLD)
        )
        return F.elu(query_BHTE) + 1, F.elu(key_BHLE) + 1, value_BHLE

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query, key, value = self._features(query_BTD, memory_BLD)
        value = torch.cat([value, torch.ones_like(value[..., :1])], dim=-1)  # the last column sums the keys
        if visibility.keep_BTL is None:
            total = self._causal(query, key, value)
        else:
            kept_key = key * visibility.keep_BTL.transpose(1, 2).unsqueeze(1)
            total = query @ (kept_key.mT @ value)
        return self.out(join_heads(total[..., :-1] / total[..., -1:]))

    def _causal(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """sum over l <= t of (phi(q_t) . phi(k_l)) [v_l, 1]: within a chunk directly, before it by the running sum."""
        parts, before = [], torch.zeros_like(key[:, :, :1].mT @ value[:, :, :1])
        for q, k, v in zip(*(x.split(self.chunk_len, dim=2) for x in (query, key, value)), strict=True):
            parts.append((q @ k.mT).tril() @ v + q @ before)
            before = before + k.mT @ v
        return torch.cat(parts, dim=2)

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query, key, _ = self._features(query_BTD, memory_BLD)
        weight_BHTL = query @ key.mT
        weight_BHTL = (
            weight_BHTL.tril() if visibility.keep_BTL is None else weight_BHTL * visibility.keep_BTL.unsqueeze(1)
        )
        return weight_BHTL / weight_BHTL.sum(dim=-1, keepdim=True)
