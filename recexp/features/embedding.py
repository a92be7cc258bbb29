"""Tables in which the vector of an id is fused with those of its features.

Letters: R users or items, F features, N items, D embedding.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.data.side_information import SideInformation
from recexp.errors import RunError
from recexp.features.kinds import make_features
from recexp.fusion.base import Fusion
from recexp.nn.embedding import ItemEmbedding, ItemTable, UserEmbedding


class FusedEmbedding(nn.Module):
    """Takes the place of `ids`, a table of users or items of which `side_information` tells more.

    Vectors are made when they are asked for, each once a call, so that they cost as much as there are different ones.
    A checkpoint holds the hash of the side information in its place: weights never meet other values than those they
    learned with.
    """

    def __init__(
        self, *, ids: ItemEmbedding | UserEmbedding, side_information: SideInformation, fusion: Callable[..., Fusion]
    ) -> None:
        super().__init__()
        dim = ids.weight.shape[1]
        self.ids, self.sha256 = ids, side_information.sha256()
        self.features = nn.ModuleList(make_features(side_information, embedding_dim=dim))
        self.fusion = fusion(num_features=len(side_information), embedding_dim=dim)

    def forward(self, idx: Tensor) -> Tensor:
        """idx: int64 [...]. Returns [..., D]."""
        idx_R, place = idx.unique(return_inverse=True)
        return F.embedding(place, self.fuse(idx_R))

    def fuse(self, idx_R: Tensor) -> Tensor:
        """The fused vectors, [R, D]."""
        id_RD = self.ids(idx_R)
        return self.fusion(id_RD, self._feature_vectors(idx_R)) if self.fusion.reads_features else id_RD

    def feature_vectors(self, idx: Tensor) -> Tensor:
        """The vectors of the features before they are fused: [..., F, D]."""
        idx_R, place = idx.unique(return_inverse=True)
        return self._feature_vectors(idx_R)[place]

    def _feature_vectors(self, idx_R: Tensor) -> Tensor:
        return torch.stack([feature(idx_R) for feature in self.features], dim=1)

    def get_extra_state(self) -> str:
        return self.sha256

    def set_extra_state(self, state: str) -> None:
        if state != self.sha256:
            raise RunError(
                "features: the side information in the dataset's files has changed since these weights were learned "
                f"(sha256 {self.sha256[:12]}, expected {state[:12]}). Restore the old files, or train again"
            )


class FusedItemEmbedding(FusedEmbedding, ItemTable):
    """Index 0 is padding: zeros that nothing learns from (T14)."""

    def __init__(self, *, ids: ItemEmbedding, side_information: SideInformation, fusion: Callable[..., Fusion]) -> None:
        super().__init__(ids=ids, side_information=side_information, fusion=fusion)
        self.num_items, self.embedding_dim = ids.num_items, ids.embedding_dim

    def fuse(self, idx_R: Tensor) -> Tensor:
        return super().fuse(idx_R).masked_fill((idx_R == 0)[:, None], 0)

    def catalogue(self) -> Tensor:
        return self.fuse(torch.arange(1, self.num_items + 1, device=self.ids.weight.device))
