"""Interaction side: attention over the pairwise interactions of candidate, user and history items.

Letters: B batch, L history, M memory tokens, C candidates, D embedding.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import USER_TOKEN, Attention, History, Weights
from recexp.attention.memory import Memory
from recexp.attention.pooling.base import Pooling
from recexp.attention.similarity.base import Similarity
from recexp.nn.embedding import init_linear_layers


class InteractionAttention(Attention):
    """AFM (Xiao et al., IJCAI 2017, eq. 4-6) over the fields user u, history x_1 ... x_t and candidate q.

    Each pair with the candidate is an elementwise product m * q, for m = u and m = x_l; the pairs of user and
    history enter as m = u * x_l. The attention over pairs is a softmax of f(m, q); the pooled pair sum a_m (m * q)
    is scored by its weights p: p . (m * q) = (p * m) . q, so that p * m is the value of the pair.
    Memory: [u, x_1, u * x_1, x_2, u * x_2, ...]. AFM's own f is `attention/similarity=hadamard`.
    """

    needs_user = True

    def __init__(
        self, *, embedding_dim: int, dropout: float, similarity: Callable[..., Similarity], pooling: Pooling
    ) -> None:
        super().__init__()
        # Kinds of pair 0, 1, 2: with the user, with a history item, with user times item.
        self.kind_weight = nn.Parameter(torch.ones(3, embedding_dim))
        self.kind_bias = nn.Parameter(torch.zeros(3))
        self.recency = nn.Parameter(torch.zeros(()))
        # Norms, so that a product of two vectors starts as large as a vector.
        self.user_norm, self.item_norm = nn.LayerNorm(embedding_dim), nn.LayerNorm(embedding_dim)
        self.user = nn.Linear(embedding_dim, embedding_dim)
        self.item = nn.Linear(embedding_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=embedding_dim)
        self.pooling = pooling

    def encode(self, history: History, *, every_position: bool) -> Memory:
        assert history.user_BD is not None
        user_B1D = self.user(self.user_norm(history.user_BD)).unsqueeze(1)
        item_BLD = self.item(self.item_norm(history.item_BLD))
        pair_BLKD = torch.stack([item_BLD, user_B1D * item_BLD], dim=2)
        token_BMD = torch.cat([user_B1D, pair_BLKD.flatten(1, 2)], dim=1)
        length = item_BLD.shape[1]
        kind_M = torch.tensor([0] + [1, 2] * length, device=token_BMD.device)
        place_M = (torch.arange(len(kind_M), device=token_BMD.device) + 1) // 2
        bias_M = self.kind_bias[kind_M] + self.recency * place_M
        keep_BM = torch.cat([history.length_B[:, None] >= 0, history.keep_BL().repeat_interleave(2, dim=1)], dim=1)
        return Memory(
            key_RHME=token_BMD.unsqueeze(1),
            value_RHMD=self.drop(token_BMD * self.kind_weight[kind_M]).unsqueeze(1),
            bias_RHM=bias_M.expand(len(token_BMD), 1, -1),
            keep_RM=keep_BM,
            similarity=self.similarity,
            pooling=self.pooling,
            query=lambda item_CD: item_CD,
            every_position=every_position,
            first_tokens=1,
            tokens_per_item=2,
        )

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        position_L = torch.arange(history.item_BLD.shape[1], device=item_CD.device)
        position_M = torch.cat([position_L.new_tensor([USER_TOKEN]), position_L.repeat_interleave(2)])
        return self.encode(history, every_position=False).weights(item_CD, position_M)
