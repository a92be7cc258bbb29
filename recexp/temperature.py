"""A positive temperature, learned or fixed."""

import math

import torch
from torch import Tensor, nn

from recexp.errors import ConfigError


class Temperature(nn.Module):
    """exp of a scalar, so that learning keeps it positive; `learn=False` keeps it at its initial value."""

    def __init__(self, *, initial: float, learn: bool) -> None:
        super().__init__()
        if initial <= 0:
            raise ConfigError(f"temperature: got {initial}, expected a number above 0")
        self.log = nn.Parameter(torch.tensor(math.log(initial)), requires_grad=learn)

    def forward(self) -> Tensor:
        return self.log.exp()
