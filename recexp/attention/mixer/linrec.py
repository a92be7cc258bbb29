"""LinRec: linear attention by the lengths of vectors, without a softmax.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, split_heads
from recexp.attention.mixer.kernel import causal_product
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import seen_alone


class LinRecMixer(Mixer):
    """out_t = q_t (sum over l <= t of k_l v_l^T) / sqrt(E), with q_t = elu(Q x_t) divided by its length, and each
    channel of k divided by its length over positions 1 ... t (Liu et al., SIGIR 2023, eq. 8-10).

    The published form takes that length and the sum over the whole row, later positions and padding included (T31); the
    public code divides each key by its own length instead, and sums over the whole row all the same. The published form
    was trained with one sample for each prefix; at the newest position of an unpadded history the two are equal. The
    length of position t divides the query as well as the key, so one running sum serves all positions. Weights may be
    negative, since elu has no 1 added. O(L D E) instead of O(L^2 D).
    chunk_len: positions that are compared directly; the result does not depend on it.
    """

    def __init__(self, *, embedding_dim: int, num_heads: int, chunk_len: int) -> None:
        super().__init__()
        check_whole("attention.mixer.chunk_len", chunk_len, least=1)
        self.head_dim, self.chunk_len = embedding_dim // num_heads, chunk_len
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def _query_key_value(
        self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility
    ) -> tuple[Tensor, Tensor, Tensor]:
        """In heads; both lengths and sqrt(E) divide the query."""
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        query_BHTE, key_BHLE, value_BHLE = (
            split_heads(x, self.head_dim) for x in (self.query(query_BTD), key_BLD, value_BLD)
        )
        query_BHTE = F.normalize(F.elu(query_BHTE), dim=-1)
        key_BHLE = F.elu(key_BHLE)
        if visibility.keep_BTL is None:
            square_BHTE = (key_BHLE**2).cumsum(dim=2)
        else:
            key_BHLE = key_BHLE * visibility.keep_BTL.transpose(1, 2).unsqueeze(1)
            square_BHTE = (key_BHLE**2).sum(dim=2, keepdim=True)
        least = torch.finfo(square_BHTE.dtype).tiny
        return query_BHTE * square_BHTE.clamp(min=least).rsqrt() / self.head_dim**0.5, key_BHLE, value_BHLE

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query, key, value = self._query_key_value(query_BTD, memory_BLD, visibility)
        if visibility.keep_BTL is None:
            return self.out(join_heads(causal_product(query, key, value, self.chunk_len)))
        return self.out(join_heads(query @ (key.mT @ value)))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """They may be negative, and do not sum to 1."""
        query, key, _ = self._query_key_value(query_BTD, memory_BLD, visibility)
        weight_BHTL = query @ key.mT
        return weight_BHTL if visibility.keep_BTL is not None else seen_alone(weight_BHTL, None)
