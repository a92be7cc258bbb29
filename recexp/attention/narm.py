"""NARM: the newest state of a recurrent network weighs the states before it.

Letters: B batch, L history, T query positions, H size of the state, A size of the hidden layer, D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.checks import check_whole
from recexp.nn.additive import additive_logits
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import seen_alone


class NARMAttention(Attention):
    """h = GRU(x);  a_tl = v . sigma(A_1 h_t + A_2 h_l), l <= t;  context_t = B [h_t; sum over l <= t of a_tl h_l].

    Neural Attentive Recommendation Machine (Li et al., CIKM 2017, eq. 4-10). The weights a are no softmax. With
    `scorer=dot`, candidate . context is the published bilinear score. The hidden layer is as large as the state. One
    `dropout` stands for the two published probabilities, .25 for the items and .5 for the context.
    No user's vector. O(L D H) time, one position after the other, and O(T L H) for the weights, whose hidden layers
    [B, T, L, H] are computed in chunks.
    """

    def __init__(self, *, embedding_dim: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        self.drop = nn.Dropout(dropout)
        self.gru = nn.GRU(embedding_dim, hidden_dim, batch_first=True)
        self.newest = nn.Linear(hidden_dim, hidden_dim, bias=False)
        self.state = nn.Linear(hidden_dim, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        self.output = nn.Linear(2 * hidden_dim, embedding_dim, bias=False)
        for layer in (self.newest, self.state, self.out, self.output):
            init_linear_layers(layer)

    def _states_and_weights(self, history: History, *, every_position: bool) -> tuple[Tensor, Tensor, Tensor]:
        """h_t [B, T, H], h_l [B, L, H] and a_tl [B, T, L], which is 0 for what a position does not see."""
        state_BLH, _ = self.gru(self.drop(history.item_BLD))
        newest_BTH = state_BLH if every_position else history.at_last(state_BLH)
        weight_BTL = additive_logits(self.newest(newest_BTH), self.state(state_BLH), self.out.weight[0], torch.sigmoid)
        keep_BTL = history.visibility(every_position=every_position).keep_BTL
        return newest_BTH, state_BLH, seen_alone(weight_BTL, keep_BTL)

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        newest_BTH, state_BLH, weight_BTL = self._states_and_weights(history, every_position=every_position)
        both_BTX = torch.cat([newest_BTH, weight_BTL @ state_BLH], dim=-1)  # X = 2 H
        return Contexts(self.output(self.drop(both_BTX)))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        return shared_weights(self._states_and_weights(history, every_position=False)[2])
