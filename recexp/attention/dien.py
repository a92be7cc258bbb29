"""DIEN: a recurrent network in which each candidate's interest evolves by itself.

Letters: B batch, L history, R rows, T positions, C candidates, S size of a state, D embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from recexp.attention.augru import AUGRUCell
from recexp.attention.base import Attention, History, Weights
from recexp.attention.candidate_contexts import CandidateContexts
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.scorer.base import Scorer


class DIENAttention(Attention):
    """h_1, ..., h_L are the states of a gated recurrent unit that reads x_1, ..., x_L, and for each candidate

        a_l(c) = sigmoid(h_l . (W q_c + b))
        s_l(c) = AUGRU(h_l, s_(l-1)(c), a_l(c)),   s_0 = 0
        context(c, t) = W_o s_t(c) + b_o

    Deep interest evolution network (Zhou et al., AAAI 2019); `AUGRUCell` has the recurrence. The published a_l is a
    softmax over the whole history (eq. 13). A new item then changes the weights of all earlier ones, and with them
    every state s_l, so that each position would need a recurrence of its own. A sigmoid weighs an item by itself, so
    that one recurrence gives the exact context of every position; the weights do not sum to 1.
    The auxiliary loss, in which h_l predicts the next item, is left out: the next item is already the target at every
    position here, while the paper has one target for a whole history. Its network over context, candidate and user is
    `scorer=mlp`.
    O(S^2) for each position and candidate, one position after the other. Candidates that positions do not share need
    a recurrence for each position, O(L^2 S^2): keep `loss.shared=true`.
    """

    def __init__(self, *, embedding_dim: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        self.gru = nn.GRU(embedding_dim, hidden_dim, batch_first=True)
        self.query = nn.Linear(embedding_dim, hidden_dim)
        self.cell = AUGRUCell(input_dim=hidden_dim, state_dim=hidden_dim)
        self.output = nn.Linear(hidden_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self.query)
        init_linear_layers(self.output)

    def encode(self, history: History, *, every_position: bool) -> "DIENContexts":
        state_BLS, _ = self.gru(self.drop(history.item_BLD))
        state_BLS = self.drop(state_BLS)
        return DIENContexts(state_BLS, history.keep_BL(), self.query, self.cell, self.output, every_position)

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """a_l(c): how far the item's update gate is opened."""
        weight_BLC = self.encode(history, every_position=False).attention(item_CD)
        position_L = torch.arange(weight_BLC.shape[1], device=item_CD.device)
        return Weights(weight_BLC.mT.unsqueeze(2), position_L)


@dataclass(frozen=True)
class DIENContexts(CandidateContexts):
    """every_position: whether T = L, or the newest alone is asked (T = 1)."""

    state_RLS: Tensor
    keep_RL: Tensor  # bool, real positions
    query: nn.Linear
    cell: AUGRUCell
    output: nn.Linear
    every_position: bool

    def tensors(self) -> tuple[Tensor, ...]:
        return self.state_RLS, self.keep_RL

    def with_tensors(self, tensors: Sequence[Tensor]) -> "DIENContexts":
        state_RLS, keep_RL = tensors
        return replace(self, state_RLS=state_RLS, keep_RL=keep_RL)

    def at_targets(self, target_BL: Tensor) -> tuple["DIENContexts", Tensor]:
        """All positions: the recurrence passes by them anyway."""
        return self, target_BL

    def attention(self, item_CD: Tensor) -> Tensor:
        """a_RLC, 0 where padded, which leaves the states as they are. item_CD: [C, D] or [R, C, D]."""
        return torch.sigmoid(self.state_RLS @ self.query(item_CD).mT) * self.keep_RL.unsqueeze(-1)

    def contexts(self, item: Tensor) -> Tensor:
        if item.dim() == 2:
            return self.output(self._shared_states(self.attention(item)))
        if not self.every_position:
            return self.output(self._shared_states(self.attention(item.squeeze(1))))
        attention_RLTC = self.attention(item.flatten(1, 2)).unflatten(-1, item.shape[1:3])
        return self.output(self._own_states(attention_RLTC))

    def row_elements(self, scorer: Scorer) -> int:
        _, length, size = self.state_RLS.shape
        return max(length, (length if self.every_position else 1) * max(3 * size, scorer.width))

    def _shared_states(self, attention_RLC: Tensor) -> Tensor:
        """state_RTCS, where all positions share the candidates: one recurrence passes by all of them."""
        read_RLG = self.cell.input(self.state_RLS)  # G = 3 * S
        state_RCS = self._start(attention_RLC[:, 0])
        states: list[Tensor] = []
        for read_RG, attention_RC in zip(read_RLG.unbind(1), attention_RLC.unbind(1), strict=True):
            state_RCS = self.cell(read_RG.unsqueeze(1), state_RCS, attention_RC.unsqueeze(-1))
            if not self.every_position:
                states.clear()
            states.append(state_RCS)
        return torch.stack(states, dim=1)

    def _own_states(self, attention_RLTC: Tensor) -> Tensor:
        """state_RTCS, where each position has its own candidates: a recurrence for each, until its position."""
        read_RLG = self.cell.input(self.state_RLS)
        rest_RXS = self._start(attention_RLTC[:, 0].flatten(1))  # X: the candidates of this position and of later ones
        candidates = attention_RLTC.shape[-1]
        states = []
        for place, read_RG in enumerate(read_RLG.unbind(1)):
            attention_RX1 = attention_RLTC[:, place, place:].flatten(1).unsqueeze(-1)
            rest_RXS = self.cell(read_RG.unsqueeze(1), rest_RXS, attention_RX1)
            states.append(rest_RXS[:, :candidates])
            rest_RXS = rest_RXS[:, candidates:]
        return torch.stack(states, dim=1)

    def _start(self, like_RC: Tensor) -> Tensor:
        """state_RCS before the first item: zeros."""
        return self.state_RLS.new_zeros(*like_RC.shape, self.state_RLS.shape[-1])
