"""A gated recurrent unit whose update gate is scaled by an attention weight.

Letters: R rows, C candidates, S size of the state.
"""

import torch
from torch import Tensor, nn


class AUGRUCell(nn.Module):
    """DIEN's (Zhou et al., AAAI 2019, eq. 2-5 and 14-16), with input i, state h and attention weight a:

        u = sigmoid(W_u i + U_u h + b_u)   r = sigmoid(W_r i + U_r h + b_r)   n = tanh(W_n i + r * (U_n h) + b_n)
        h <- (1 - a u) * h + a u * n

    a = 0 leaves the state as it is; a = 1 is a gated recurrent unit.
    """

    def __init__(self, *, input_dim: int, state_dim: int) -> None:
        super().__init__()
        self.input = nn.Linear(input_dim, 3 * state_dim)  # of u, r and n, one after the other
        self.state = nn.Linear(state_dim, 3 * state_dim, bias=False)

    def forward(self, read: Tensor, state: Tensor, attention: Tensor) -> Tensor:
        """The next state, [R, C, S]. read: `input` of the item, [R, 1, 3 S]; attention: [R, C, 1]."""
        read_gates, read_new = read.split((2 * state.shape[-1], state.shape[-1]), dim=-1)
        state_gates, state_new = self.state(state).split((2 * state.shape[-1], state.shape[-1]), dim=-1)
        update, reset = torch.sigmoid(read_gates + state_gates).chunk(2, dim=-1)
        new = torch.tanh(read_new + reset * state_new)
        return state + attention * update * (new - state)
