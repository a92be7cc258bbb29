"""Embed, attend, score: the recommender in which attention and scorer are axes of the experiment.

Letters: B batch, L history, F features of the moment, R encoded rows, T positions, N items, C candidates, D embedding.
"""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History
from recexp.checks import check_share
from recexp.errors import ConfigError
from recexp.features.choice import Features
from recexp.features.context import num_context_codes
from recexp.features.embedding import FusedEmbedding, FusedItemEmbedding
from recexp.fusion.base import Fusion
from recexp.nn.chunking import rows_per_chunk
from recexp.nn.embedding import ContextEmbedding, ItemEmbedding, UserEmbedding
from recexp.recommender.base import Recommender
from recexp.scorer.base import Scorer


class AttentiveRecommender(Recommender):
    """One item table serves history and candidates; a user table exists where the attention asks for one.

    item_dropout: probability to drop an element of a history item's vector.
    """

    item: ItemEmbedding | FusedItemEmbedding
    user: UserEmbedding | FusedEmbedding | None

    def __init__(
        self,
        *,
        num_items: int,
        num_users: int,
        embedding_dim: int,
        item_dropout: float,
        attention: Attention,
        scorer: Callable[..., Scorer],
    ) -> None:
        super().__init__()
        check_share("recommender.item_dropout", item_dropout)
        self.embedding_dim = embedding_dim
        self.item = ItemEmbedding(num_items=num_items, embedding_dim=embedding_dim)
        self.user = UserEmbedding(num_users=num_users, embedding_dim=embedding_dim) if attention.needs_user else None
        self.moment: ContextEmbedding | None = None
        self.attention = attention
        self.scorer = scorer(dim=embedding_dim)
        self.drop = nn.Dropout(item_dropout)

    def add_features(self, features: Features, fusion: Callable[..., Fusion]) -> None:
        """Items and users are fused with what is known of them; the moment is added to the items of a history.

        To be called once, before training: the weights made before are those without features.
        """
        if features.item:
            self.item = FusedItemEmbedding(ids=cast(ItemEmbedding, self.item), known=features.item, fusion=fusion)
        if features.user:
            if self.user is None:
                raise ConfigError(
                    f"features: got {', '.join(features.user.series)} of users, whom {type(self.attention).__name__} "
                    "never looks at; leave them out, or choose attention=user or attention=interaction"
                )
            self.user = FusedEmbedding(ids=cast(UserEmbedding, self.user), known=features.user, fusion=fusion)
        if features.moment:
            codes = num_context_codes(features.moment)
            self.moment = ContextEmbedding(num_codes=codes, embedding_dim=self.embedding_dim)

    def _embed(self, user_B: Tensor, history_BL: Tensor, context_BLF: Tensor | None) -> History:
        item_BLD = self.item(history_BL)
        if self.moment is not None:
            item_BLD = item_BLD + self.moment(context_BLF)
        return History(
            item_BLD=self.drop(item_BLD),
            length_B=(history_BL > 0).sum(dim=1),
            user_BD=None if self.user is None else self.user(user_B),
        )

    def encode(
        self, user_B: Tensor, history_BL: Tensor, target_BL: Tensor, context_BLF: Tensor | None = None
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """For losses: encoded rows (tensors with a common first axis R) and target_RT (int64, 0 = none)."""
        return self.attention.encode_training(self._embed(user_B, history_BL, context_BLF), target_BL)

    def score(self, rows: tuple[Tensor, ...], item_CD: Tensor) -> Tensor:
        """score_RTC of every training position with candidates that all share."""
        return self.attention.score(rows, item_CD, self.scorer)

    def score_own(self, rows: tuple[Tensor, ...], item_RTCD: Tensor) -> Tensor:
        """score_RTC of every training position with candidates of its own."""
        return self.attention.score_own(rows, item_RTCD, self.scorer)

    def row_elements(self, rows: tuple[Tensor, ...]) -> int:
        """Intermediate elements an encoded row needs for one candidate; losses size their chunks by it."""
        return self.attention.row_elements(rows, self.scorer)

    def score_catalogue(self, user_B: Tensor, history_BL: Tensor, context_BLF: Tensor | None = None) -> Tensor:
        item_ND = self.item.catalogue()
        rows = self.attention.encode_ranking(self._embed(user_B, history_BL, context_BLF))
        chunk = rows_per_chunk(self.row_elements(rows) * len(item_ND), item_ND.device)
        parts = zip(*(tensor.split(chunk) for tensor in rows), strict=True)
        return torch.cat([self.attention.score_ranking(part, item_ND, self.scorer) for part in parts])

    def weights(
        self, user_B: Tensor, history_BL: Tensor, candidate_C: Tensor, context_BLF: Tensor | None = None
    ) -> Tensor:
        """Attention weights at the newest position, for explanations: see `Attention.weights`."""
        return self.attention.weights(self._embed(user_B, history_BL, context_BLF), self.item(candidate_C))
