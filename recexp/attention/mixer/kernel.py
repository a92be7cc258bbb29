"""Attention by a kernel: positions share running sums instead of comparing each other.

Letters: B batch, L keys, T queries, H heads, E head size, F features of the kernel, D embedding.
"""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import seen_alone


class KernelMixer(Mixer):
    """out_t = phi(q_t) S_t / (phi(q_t) . z_t), S_t = sum over l <= t of phi(k_l) v_l^T, z_t = sum of phi(k_l)
    (Katharopoulos et al., ICML 2020, eq. 9-12). O(L F E) for a head, instead of O(L^2 E).

    A subclass chooses phi, whose values are not negative.
    chunk_len: positions that are compared directly; the sums S are kept once a chunk, so that no [L, F, E] tensor is
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

    @abstractmethod
    def query_features(self, query_BHTE: Tensor) -> Tensor:
        """phi of the queries, [B, H, T, F]; a factor of its own for each query changes nothing."""

    @abstractmethod
    def key_features(self, key_BHLE: Tensor) -> Tensor:
        """phi of the keys, [B, H, L, F]."""

    def _features(self, query_BTD: Tensor, memory_BLD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """phi(q), phi(k) and the values, in heads."""
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        query_BHTE, key_BHLE, value_BHLE = (
            split_heads(x, self.head_dim) for x in (self.query(query_BTD), key_BLD, value_BLD)
        )
        return self.query_features(query_BHTE), self.key_features(key_BHLE), value_BHLE

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query, key, value = self._features(query_BTD, memory_BLD)
        value = torch.cat([value, torch.ones_like(value[..., :1])], dim=-1)  # the last column sums the keys
        if visibility.keep_BTL is None:
            total = causal_product(query, key, value, self.chunk_len)
        else:
            kept_key = key * visibility.keep_BTL.transpose(1, 2).unsqueeze(1)
            total = query @ (kept_key.mT @ value)
        return self.out(join_heads(total[..., :-1] / total[..., -1:]))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query, key, _ = self._features(query_BTD, memory_BLD)
        keep_BTL = visibility.keep_BTL
        weight_BHTL = seen_alone(query @ key.mT, None if keep_BTL is None else keep_BTL.unsqueeze(1))
        return weight_BHTL / weight_BHTL.sum(dim=-1, keepdim=True)


def causal_product(query_BHLF: Tensor, key_BHLF: Tensor, value_BHLE: Tensor, chunk_len: int) -> Tensor:
    """[B, H, L, E]: sum over l <= t of (query_t . key_l) value_l; by a running sum up to the chunk of t."""
    parts, before = [], torch.zeros_like(key_BHLF[:, :, :1].mT @ value_BHLE[:, :, :1])
    for q, k, v in zip(*(x.split(chunk_len, dim=2) for x in (query_BHLF, key_BHLF, value_BHLE)), strict=True):
        parts.append((q @ k.mT).tril() @ v + q @ before)
        before = before + k.mT @ v
    return torch.cat(parts, dim=2)
