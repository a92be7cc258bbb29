"""SHAN: the user weighs the older items into one vector, and then this vector and the newest items.

Letters: B batch, L history, T query positions, M tokens (the long-term vector and the L items), D embedding.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import masked_softmax


class _Pools(NamedTuple):
    long_BTL: Tensor  # weights of the older items; all 0 where there are none
    long_BTD: Tensor  # their mean
    both_BTM: Tensor  # weights of that mean and of the newest items


class SHANAttention(Attention):
    """long_t = sum over the older items of a_l x_l,  a = softmax of u . ReLU(W_1 x_l + b_1);
    context_t = sum over y = long_t and the newest items of b_y y,  b = softmax of u . ReLU(W_2 y + b_2).

    Sequential Hierarchical Attention Network (Ying et al., IJCAI 2018, eq. 1-6). Its short-term set is the current
    session. A history here has no sessions, so the `recent` newest items that position t sees are that set, and those
    before them are the long-term set, at every position. Where that one is empty, the second softmax is over the
    newest items alone. (Some public code lets the first softmax read all items, those of the short-term set too.)
    O(L D^2 + T L D) time; logits depend on no position, so that the largest tensor is [B, T, M].
    """

    needs_user = True

    def __init__(self, *, embedding_dim: int, recent: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.recent", recent, least=1)
        self.recent = recent
        self.long = nn.Linear(embedding_dim, embedding_dim)
        self.both = nn.Linear(embedding_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)

    def _pools(self, history: History, *, every_position: bool) -> _Pools:
        assert history.user_BD is not None
        item_BLD, user_BD1 = history.item_BLD, history.user_BD.unsqueeze(-1)
        position_BT = history.visibility(every_position=every_position).position_BT
        age_BTL = position_BT.unsqueeze(-1) - torch.arange(item_BLD.shape[1], device=item_BLD.device)
        age_BTL = age_BTL.expand(len(item_BLD), -1, -1)
        older_BTL, newest_BTL = age_BTL >= self.recent, (age_BTL >= 0) & (age_BTL < self.recent)
        long_logit_BTL = (F.relu(self.long(item_BLD)) @ user_BD1).mT.expand_as(age_BTL)
        long_BTL = masked_softmax(long_logit_BTL, older_BTL)
        long_BTD = long_BTL @ item_BLD
        short_logit_BTL = (F.relu(self.both(item_BLD)) @ user_BD1).mT.expand_as(age_BTL)
        logit_BTM = torch.cat([F.relu(self.both(long_BTD)) @ user_BD1, short_logit_BTL], dim=-1)
        keep_BTM = torch.cat([older_BTL.any(dim=-1, keepdim=True), newest_BTL], dim=-1)
        return _Pools(long_BTL, long_BTD, masked_softmax(logit_BTM, keep_BTM))

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        pools = self._pools(history, every_position=every_position)
        share_BT1, newest_BTL = pools.both_BTM.split([1, history.item_BLD.shape[1]], dim=-1)
        return Contexts(self.drop(share_BT1 * pools.long_BTD + newest_BTL @ history.item_BLD))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """What each item counts in the end: older items share the weight of the long-term vector."""
        pools = self._pools(history, every_position=False)
        share_B11, newest_B1L = pools.both_BTM.split([1, history.item_BLD.shape[1]], dim=-1)
        return shared_weights(share_B11 * pools.long_BTL + newest_B1L)
