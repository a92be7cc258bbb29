"""Dice: an activation that moves its own threshold.

Letters: A units, L positions.
"""

import torch
from torch import Tensor, nn


class Dice(nn.Module):
    """y = p s + (1 - p) alpha s with p = sigmoid(a s + b); alpha, a and b are learned for each unit.

    Zhou et al. (KDD 2018, eq. 8) take p = sigmoid of s after batch normalisation, which in training depends on the
    other rows of the batch (T17). Their mean and variance become a learned scale a and shift b here. It starts with
    a = 1 and alpha = b = 0, as SiLU.
    """

    def __init__(self, *, units: int) -> None:
        super().__init__()
        self.alpha_A = nn.Parameter(torch.zeros(units))
        self.scale_A = nn.Parameter(torch.ones(units))
        self.shift_A = nn.Parameter(torch.zeros(units))

    def forward(self, x_AL: Tensor) -> Tensor:
        """[..., A, L] -> [..., A, L]."""
        alpha_A1 = self.alpha_A.unsqueeze(-1)
        p_AL = torch.sigmoid(self.scale_A.unsqueeze(-1) * x_AL + self.shift_A.unsqueeze(-1))
        return x_AL * (alpha_A1 + (1 - alpha_A1) * p_AL)
