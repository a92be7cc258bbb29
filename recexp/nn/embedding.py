"""Embedding tables: items (row 0 is padding and stays zero), users, hidden positions, context.

Letters: B batch, L history, N items, F context features, D embedding.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INIT_STD = 0.02  # as in SASRec's public implementations and BERT


class ItemTable(nn.Module, ABC):
    """Vectors of items 1 ... num_items, [embedding_dim] each; index 0 is padding and gives zeros."""

    num_items: int
    embedding_dim: int

    @abstractmethod
    def forward(self, item_idx: Tensor) -> Tensor:
        """item_idx: int64 [...]. Returns [..., D]; padding gives zeros and receives no gradient."""

    @abstractmethod
    def catalogue(self) -> Tensor:
        """item_ND: the vectors of items 1 ... N, without the padding row."""


class ItemEmbedding(ItemTable):
    """num_items vectors of embedding_dim floats; index 0 is padding: a zero row that never learns (T14)."""

    def __init__(self, *, num_items: int, embedding_dim: int) -> None:
        super().__init__()
        self.num_items, self.embedding_dim = num_items, embedding_dim
        self.weight = nn.Parameter(torch.empty(num_items + 1, embedding_dim))
        nn.init.normal_(self.weight, std=INIT_STD)
        with torch.no_grad():
            self.weight[0] = 0

    def forward(self, item_idx: Tensor) -> Tensor:
        return F.embedding(item_idx, self.weight, padding_idx=0)

    def catalogue(self) -> Tensor:
        return self.weight[1:]


class UserEmbedding(nn.Module):
    """num_users vectors of embedding_dim floats."""

    def __init__(self, *, num_users: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_users, embedding_dim))
        nn.init.normal_(self.weight, std=INIT_STD)

    def forward(self, user_B: Tensor) -> Tensor:
        """user_B: int64 [B], from 0. Returns [B, D]."""
        return F.embedding(user_B, self.weight)


class MaskEmbedding(nn.Module):
    """The vector of a hidden position (`objective=cloze`)."""

    def __init__(self, *, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(embedding_dim))
        nn.init.normal_(self.weight, std=INIT_STD)

    def forward(self, hidden_BL: Tensor) -> Tensor:
        """hidden_BL: bool. Returns [B, L, D]: the vector where hidden, else zeros."""
        return hidden_BL.unsqueeze(-1) * self.weight


class ContextEmbedding(nn.Module):
    """A vector for each code of the context of an interaction; code 0 is padding: a zero row that never learns."""

    def __init__(self, *, num_codes: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_codes, embedding_dim))
        nn.init.normal_(self.weight, std=INIT_STD)
        with torch.no_grad():
            self.weight[0] = 0

    def forward(self, context_BLF: Tensor) -> Tensor:
        """context_BLF: int64, see `recexp.features.context`. Returns [B, L, D], the sum over the F features."""
        return F.embedding(context_BLF, self.weight, padding_idx=0).sum(dim=2)


def init_linear_layers(module: nn.Module) -> None:
    """Normal weights with the standard deviation of the tables and zero biases, in every linear layer below."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=INIT_STD)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
