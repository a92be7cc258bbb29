"""STAMP: the newest item and the mean of the history weigh the history, without a softmax.

Letters: B batch, L history, T query positions, D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.nn.additive import additive_logits
from recexp.nn.masking import seen_alone


class STAMPAttention(Attention):
    """a_tl = w . sigma(W_1 x_l + W_2 x_t + W_3 m_t + b), l <= t, with m_t the mean of x_1 ... x_t;
    context_t = tanh(W_s (m_t + sum over l <= t of a_tl x_l) + b_s) * tanh(W_x x_t + b_x).

    Short-Term Attention/Memory Priority (Liu et al., KDD 2018, eq. 5-9). The weights a are no softmax: they may be
    negative and do not sum to 1. With `scorer=dot`, context . candidate is the trilinear product of eq. 5; the logistic
    function that eq. 6 puts around it is left out, as in the authors' code, because scorer and loss are choices of
    their own. m_t is added inside W_s as in that code; eq. 8 has the sum alone. No user's vector.
    O(T L D) time for the weights; their hidden layers [B, T, L, D] are computed in chunks.
    """

    def __init__(self, *, embedding_dim: int, dropout: float) -> None:
        super().__init__()
        # PyTorch's own initial weights: with smaller ones, the product of the two tanh would start near zero.
        self.item = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.newest = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.mean = nn.Linear(embedding_dim, embedding_dim)
        self.out = nn.Linear(embedding_dim, 1, bias=False)
        self.general_interest = nn.Linear(embedding_dim, embedding_dim)
        self.current_interest = nn.Linear(embedding_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)

    def _newest_mean_weights(self, history: History, *, every_position: bool) -> tuple[Tensor, Tensor, Tensor]:
        """x_t and m_t, [B, T, D] each, and a_tl, [B, T, L], which is 0 for what a position does not see."""
        newest_BTD = item_BLD = history.item_BLD
        count_L = torch.arange(1, item_BLD.shape[1] + 1, device=item_BLD.device)
        mean_BTD = item_BLD.cumsum(dim=1) / count_L[:, None]
        if not every_position:
            newest_BTD, mean_BTD = history.at_last(item_BLD), history.at_last(mean_BTD)
        asking_BTD = self.newest(newest_BTD) + self.mean(mean_BTD)
        weight_BTL = additive_logits(asking_BTD, self.item(item_BLD), self.out.weight[0], torch.sigmoid)
        keep_BTL = history.visibility(every_position=every_position).keep_BTL
        return newest_BTD, mean_BTD, seen_alone(weight_BTL, keep_BTL)

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        newest_BTD, mean_BTD, weight_BTL = self._newest_mean_weights(history, every_position=every_position)
        pooled_BTD = mean_BTD + weight_BTL @ history.item_BLD
        general_BTD = torch.tanh(self.general_interest(self.drop(pooled_BTD)))
        return Contexts(general_BTD * torch.tanh(self.current_interest(self.drop(newest_BTD))))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        return shared_weights(self._newest_mean_weights(history, every_position=False)[2])
