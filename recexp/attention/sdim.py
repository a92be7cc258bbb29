"""SDIM: a candidate gathers the items that share its hash values.

Letters: B batch, L history, C candidates, G tables, D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights
from recexp.attention.hash_tables import HashTables, RunningHashTables, bucket_sums, bucket_weights
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.hashing import random_hyperplanes, sign_bits


class SDIMAttention(Attention):
    """context(c) = 1/G sum over tables g of S_g(c) / |S_g(c)|,   S_g(c) = sum of V x_l over the items l <= t with
    the same num_bits bits as the candidate in table g:   bit_gj(x) = [r_gj . x > 0]

    Sampling-based deep interest modeling (Cao et al., CIKM 2022). An item at the angle w to the candidate shares
    its bucket with probability (1 - w / pi)^num_bits, so that with many tables the share of the tables in which they
    meet is an attention weight that falls with the angle, and no logit is computed. The paper has 48 hashes in groups
    of 3: num_tables=16, num_bits=3. The rows r are drawn once from `seed`, never learn, and are kept in the
    checkpoint. Bits are taken of the item vectors; what is added up is V x_l, where the paper adds x_l. The order of
    the items plays no role, and a bucket without items gives zeros. The paper joins the context to the vectors of
    candidate and user by a network: `scorer=mlp`.
    Ranking hashes a history once, O(L G D); a candidate then costs O(G D), however long the history is. In training a
    candidate costs O(G) at each position with a linear scorer, and a row O(G L^2) beside it.
    """

    normal_KD: Tensor

    def __init__(self, *, embedding_dim: int, dropout: float, num_tables: int, num_bits: int, seed: int) -> None:
        super().__init__()
        check_whole("attention.num_tables", num_tables, least=1)
        check_whole("attention.num_bits", num_bits, least=1, most=16)  # a table has 2^num_bits buckets
        check_whole("attention.seed", seed, least=0)
        self.num_tables, self.num_buckets = num_tables, 1 << num_bits
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.register_buffer("normal_KD", random_hyperplanes(num_tables * num_bits, embedding_dim, seed))

    def encode(self, history: History, *, every_position: bool) -> HashTables | RunningHashTables:
        value_BLD, bucket_BLG = self.drop(self.value(history.item_BLD)), self.buckets(history.item_BLD)
        if every_position:
            return RunningHashTables(value_BLD, bucket_BLG, self.num_buckets, self.buckets)
        sum_BGUD = bucket_sums(value_BLD, bucket_BLG, history.keep_BL(), self.num_buckets)
        return HashTables(sum_BGUD, self.buckets)

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        weight_BCL = bucket_weights(
            self.value(history.item_BLD),
            self.buckets(history.item_BLD),
            self.buckets(item_CD),
            history.keep_BL().unsqueeze(1),
        )
        return Weights(weight_BCL.unsqueeze(2), torch.arange(weight_BCL.shape[-1], device=item_CD.device))

    def buckets(self, x_D: Tensor) -> Tensor:
        """bucket_G, int64 [..., G]: the bits of each table read as a binary number."""
        bit_GK = sign_bits(x_D, self.normal_KD).unflatten(-1, (self.num_tables, -1))
        return (bit_GK << torch.arange(bit_GK.shape[-1], device=bit_GK.device)).sum(dim=-1)
