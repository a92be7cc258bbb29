"""Tables in which the vector of an id is fused with those of its features.

Letters: R users or items, F features, N items, D embedding.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.embedding import ItemEmbedding
from recexp.features.base import Feature
from recexp.fusion.base import Fusion


class FusedEmbedding(nn.Module):
    """Takes the place of `ids`, a table of users or items.

    Vectors are made when they are asked for, each once a call, so that they cost as much as there are different ones.
    """

    def __init__(self, *, ids: nn.Module, features: Sequence[Feature], fusion: Fusion) -> None:
        super().__init__()
        self.ids, self.features, self.fusion = ids, nn.ModuleList(features), fusion

    def forward(self, idx: Tensor) -> Tensor:
        """idx: int64 [...]. Returns [..., D]."""
        idx_R, place = idx.unique(return_inverse=True)
        return F.embedding(place, self.fuse(idx_R))

    def fuse(self, idx_R: Tensor) -> Tensor:
        """The fused vectors, [R, D]."""
        return self.fusion(self.ids(idx_R), torch.stack([feature(idx_R) for feature in self.features], dim=1))


class FusedItemEmbedding(FusedEmbedding):
    """Index 0 is padding: zeros that nothing learns from (T14)."""

    def __init__(self, *, ids: ItemEmbedding, features: Sequence[Feature], fusion: Fusion) -> None:
        super().__init__(ids=ids, features=features, fusion=fusion)
        self.num_items = ids.num_items

    def fuse(self, idx_R: Tensor) -> Tensor:
        return super().fuse(idx_R).masked_fill((idx_R == 0)[:, None], 0)

    def catalogue(self) -> Tensor:
        """item_ND: the vectors of items 1..N, without the padding row."""
        return self.fuse(torch.arange(1, self.num_items + 1, device=next(self.parameters()).device))
