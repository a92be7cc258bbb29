"""Mamba: a state-space model whose step depends on the input, in place of attention.

Letters: B batch, L positions of the history, T query positions, D embedding, I inner channels, S state size.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers

MIN_STEP, MAX_STEP = 0.001, 0.1  # of the initial step sizes, as published


class MambaMixer(Mixer):
    """h_t = exp(d_t A) h_(t-1) + d_t B_t x_t,  y_t = C_t h_t + G x_t,  out = W (y * SiLU(z)): the selective state space
    of Mamba (Gu & Dao, 2023, algorithm 2), the block of Mamba4Rec (Liu et al., 2024).

    x and z are linear in the input; x then passes a causal convolution of `kernel_size` and SiLU; d (positive), B and C
    are linear in x. A is diagonal and negative, so that each state channel forgets at a rate of its own.
    O(L D S): the state of a position is made from the one before it, one position after the other. The states
    [B, chunk_len, I, S] of a chunk exist only while it is computed, in the backward pass once more.
    state_size: S; expand: I = expand * D; chunk_len: the result does not depend on it.
    """

    bidirectional = False

    def __init__(self, *, embedding_dim: int, state_size: int, kernel_size: int, expand: int, chunk_len: int) -> None:
        super().__init__()
        sizes = {"state_size": state_size, "kernel_size": kernel_size, "expand": expand, "chunk_len": chunk_len}
        for name, size in sizes.items():
            check_whole(f"attention.mixer.{name}", size, least=1)
        inner, rank = expand * embedding_dim, -(-embedding_dim // 16)
        self.state_size, self.rank, self.chunk_len = state_size, rank, chunk_len
        self.input = nn.Linear(embedding_dim, 2 * inner, bias=False)
        self.convolution = nn.Conv1d(inner, inner, kernel_size, groups=inner, padding=kernel_size - 1)
        self.select = nn.Linear(inner, rank + 2 * state_size, bias=False)
        self.step = nn.Linear(rank, inner)
        self.out = nn.Linear(inner, embedding_dim, bias=False)
        for layer in (self.input, self.select, self.out):
            init_linear_layers(layer)
        with torch.no_grad():  # softplus(bias) is between the smallest and the largest step, evenly in the logarithm
            step_I = torch.linspace(math.log(MIN_STEP), math.log(MAX_STEP), inner).exp()
            self.step.bias.copy_(step_I + torch.log(-torch.expm1(-step_I)))
        self.log_rate_IS = nn.Parameter(torch.arange(1.0, state_size + 1).log().repeat(inner, 1))  # A = -exp of it
        self.skip_I = nn.Parameter(torch.ones(inner))

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        x_BLI, gate_BLI = self.input(memory_BLD).chunk(2, dim=-1)
        x_BLI = F.silu(self.convolution(x_BLI.mT)[..., : memory_BLD.shape[1]].mT)
        step_BLR, b_BLS, c_BLS = self.select(x_BLI).split([self.rank, self.state_size, self.state_size], dim=-1)
        step_BLI = F.softplus(self.step(step_BLR))
        y_BLI = self._scan(step_BLI, x_BLI, b_BLS, c_BLS) + self.skip_I * x_BLI
        out_BLD = self.out(y_BLI * F.silu(gate_BLI))
        if visibility.keep_BTL is None:
            return out_BLD
        return out_BLD.gather(1, visibility.position_BT.unsqueeze(-1).expand(-1, -1, out_BLD.shape[-1]))

    def _scan(self, step_BLI: Tensor, x_BLI: Tensor, b_BLS: Tensor, c_BLS: Tensor) -> Tensor:
        """C_t h_t of every position, [B, L, I]."""
        state_BIS = x_BLI.new_zeros(len(x_BLI), x_BLI.shape[-1], self.state_size)
        rate_IS = -self.log_rate_IS.exp()
        parts = []
        for chunk in zip(*(x.split(self.chunk_len, dim=1) for x in (step_BLI, x_BLI, b_BLS, c_BLS)), strict=True):
            part_BLI, state_BIS = checkpoint(_scan_chunk, state_BIS, rate_IS, *chunk, use_reentrant=False)
            parts.append(part_BLI)
        return torch.cat(parts, dim=1)


def _scan_chunk(
    state_BIS: Tensor, rate_IS: Tensor, step_BLI: Tensor, x_BLI: Tensor, b_BLS: Tensor, c_BLS: Tensor
) -> tuple[Tensor, Tensor]:
    """The outputs of some positions, and the state behind the last one."""
    decay_BLIS = (step_BLI.unsqueeze(-1) * rate_IS).exp()
    input_BLIS = (step_BLI * x_BLI).unsqueeze(-1) * b_BLS.unsqueeze(2)
    states = []
    for decay_BIS, input_BIS in zip(decay_BLIS.unbind(1), input_BLIS.unbind(1), strict=True):
        state_BIS = torch.addcmul(input_BIS, decay_BIS, state_BIS)
        states.append(state_BIS)
    y_BLI = (torch.stack(states, dim=1) @ c_BLS.unsqueeze(-1)).squeeze(-1)
    return y_BLI, state_BIS
