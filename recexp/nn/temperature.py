"""A positive temperature, learned or fixed."""

import math

import torch
from torch import Tensor, nn

from recexp.checks import check_positive


class Temperature(nn.Module):
    """exp of a scalar, so that learning keeps it positive; `learn=False` keeps it at its initial value.

    key: of the initial value in the config, for the error.
    """

    def __init__(self, *, initial: float, learn: bool, key: str) -> None:
        super().__init__()
        check_positive(key, initial)
        self.log = nn.Parameter(torch.tensor(math.log(initial)), requires_grad=learn)

    def forward(self) -> Tensor:
        return self.log.exp()
