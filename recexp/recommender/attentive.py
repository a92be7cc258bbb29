"""Embed, attend, score: the recommender in which objective, attention, scorer and loss are axes of the experiment.

Letters: B batch, L history, N items, C candidates, D embedding.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights
from recexp.attention.encoded import Encoded
from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import MASK, Histories
from recexp.checks import check_share
from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError
from recexp.features.choice import Features
from recexp.features.context import num_context_codes
from recexp.features.embedding import FusedEmbedding, FusedItemEmbedding
from recexp.fusion.base import Fusion
from recexp.loss.base import Loss
from recexp.loss.positions import Positions, users_of_targets
from recexp.nn.chunking import rows_per_chunk
from recexp.nn.embedding import ContextEmbedding, ItemEmbedding, MaskEmbedding, UserEmbedding
from recexp.objective.base import Objective
from recexp.recommender.base import TrainedRecommender
from recexp.recommender.replacement import Replacement
from recexp.scorer.base import Scorer


class AttentiveRecommender(TrainedRecommender):
    """One item table serves history and candidates; a user table exists where the attention asks for one.

    item_dropout: probability to drop an element of a history item's vector.
    item_bias: whether each item has a number of its own that is added to its scores (BERT4Rec, T18).
    user_replacement, item_replacement: stochastic shared embeddings, see `recexp.recommender.replacement`.
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
        item_bias: bool,
        objective: Objective,
        attention: Attention,
        scorer: Callable[..., Scorer],
        loss: Loss,
        user_replacement: float = 0.0,  # run folders from before these options have neither
        item_replacement: float = 0.0,
    ) -> None:
        super().__init__()
        check_share("recommender.item_dropout", item_dropout)
        check_objective(objective, attention)
        if user_replacement and not attention.needs_user:
            raise ConfigError(
                f"recommender.user_replacement: got {user_replacement}, but {type(attention).__name__} never looks at "
                "the user; leave it at 0, or choose attention=personalised or another one that does"
            )
        self.replacement = Replacement(
            num_users=num_users, num_items=num_items, user=user_replacement, item=item_replacement
        )
        self.embedding_dim, self.objective = embedding_dim, objective
        self.item = ItemEmbedding(num_items=num_items, embedding_dim=embedding_dim)
        self.user = UserEmbedding(num_users=num_users, embedding_dim=embedding_dim) if attention.needs_user else None
        self.mask = MaskEmbedding(embedding_dim=embedding_dim) if objective.masks else None
        self.context: ContextEmbedding | None = None
        self.attention, self.needs_user = attention, attention.needs_user
        self.scorer = scorer(dim=embedding_dim)
        self.bias_N = nn.Parameter(torch.zeros(num_items)) if item_bias else None
        self.drop = nn.Dropout(item_dropout)
        self.loss_function = loss
        self.kept_ND: Tensor | None = None

    def add_features(self, features: Features, fusion: Callable[..., Fusion]) -> None:
        """Items and users are fused with their side information; context is added to the items of a history.

        To be called once, before training: the weights made before are those without features.
        """
        if features.item:
            self.item = FusedItemEmbedding(
                ids=cast(ItemEmbedding, self.item), side_information=features.item, fusion=fusion
            )
            check_fusion(self.item, features.item.series, read=self.attention.needs_features)
            self.attention.add_features(len(features.item))
        if features.user:
            if self.user is None:
                raise ConfigError(
                    f"features: got {', '.join(features.user.series)} of users, whom {type(self.attention).__name__} "
                    "never looks at; leave them out, or choose attention=user or attention=interaction"
                )
            self.user = FusedEmbedding(
                ids=cast(UserEmbedding, self.user), side_information=features.user, fusion=fusion
            )
            check_fusion(self.user, features.user.series, read=False)
        if features.context:
            codes = num_context_codes(features.context)
            self.context = ContextEmbedding(num_codes=codes, embedding_dim=self.embedding_dim)

    def fit(self, training: TrainingSet) -> None:
        check_times(self.attention, training.time)
        check_item_features(self.attention, self.item)
        self.loss_function.prepare(training)

    def loss(self, batch: TrainingBatch) -> tuple[Tensor, int]:
        positions = self.positions(batch)
        return self.loss_function(positions), int((positions.target_RT > 0).sum())

    def positions(self, batch: TrainingBatch) -> Positions:
        """The encoded positions of a batch that the loss compares with their targets."""
        histories, target_BL = self.objective.corrupt(batch)
        seen = self.replacement(histories) if self.training else histories
        encoded = self.attention.encode(self.embed(seen), every_position=True)
        encoded, target_RT = encoded.at_targets(target_BL)
        return Positions(
            encoded=encoded,
            target_RT=target_RT,
            user_RT=users_of_targets(histories.user_B, target_BL, target_RT),
            items=self.item,
            scorer=self.scorer,
            bias_N=self.bias_N,
            parameters=list(self.parameters()),
        )

    def embed(self, histories: Histories) -> History:
        """What the attention sees of histories."""
        check_times(self.attention, histories.time_BL)
        hidden_BL = histories.item_BL == MASK
        item_BL = histories.item_BL.masked_fill(hidden_BL, 0)
        item_BLD = self.item(item_BL)
        if self.mask is not None:
            item_BLD = item_BLD + self.mask(hidden_BL)
        if self.context is not None:
            item_BLD = item_BLD + self.context(histories.context_BLF)
        return History(
            item_BLD=self.drop(item_BLD),
            item_BL=histories.item_BL,
            length_B=histories.length_B,
            causal=self.objective.causal,
            user_BD=None if self.user is None else self.user(histories.user_B),
            time_BL=histories.time_BL,
            feature_BLFD=self._feature_vectors(item_BL) if self.attention.needs_features else None,
        )

    def _feature_vectors(self, item_BL: Tensor) -> Tensor | None:
        return self.item.feature_vectors(item_BL) if isinstance(self.item, FusedItemEmbedding) else None

    @contextmanager
    def ranking(self) -> Iterator[None]:
        """Keeps the vectors of the catalogue, which cost time where items have features."""
        self.kept_ND = self.item.catalogue()
        try:
            yield
        finally:
            self.kept_ND = None

    def score(self, histories: Histories) -> Tensor:
        item_ND = self.item.catalogue() if self.kept_ND is None else self.kept_ND
        encoded = self.attention.encode(self.embed(self.queried(histories)), every_position=False)
        score_BN = torch.cat([self._score_rows(part, item_ND) for part in self._parts(encoded, len(item_ND))])
        return score_BN if self.bias_N is None else score_BN + self.bias_N

    def _parts(self, encoded: Encoded, num_items: int) -> Iterator[Encoded]:
        """Rows whose intermediates fit a chunk."""
        tensors = encoded.tensors()
        size = rows_per_chunk(encoded.row_elements(self.scorer) * num_items, tensors[0].device)
        for part in zip(*(tensor.split(size) for tensor in tensors), strict=True):
            yield encoded.with_tensors(part)

    def _score_rows(self, encoded: Encoded, item_ND: Tensor) -> Tensor:
        """score_RN of the newest positions; a catalogue too large for one row's chunk is scored in parts."""
        items = rows_per_chunk(encoded.row_elements(self.scorer), item_ND.device)
        scores = [encoded.score(part_CD, self.scorer).squeeze(1) for part_CD in item_ND.split(items)]
        return torch.cat(scores, dim=-1) if len(scores) > 1 else scores[0]

    def queried(self, histories: Histories) -> Histories:
        return self.objective.query(histories)

    def weights(self, histories: Histories, candidate_C: Tensor) -> Weights | None:
        return self.attention.weights(self.embed(self.queried(histories)), self.item(candidate_C))


def check_objective(objective: Objective, attention: Attention) -> None:
    """Raises ConfigError for an attention that reads the past alone under an objective that hides items inside it."""
    if not objective.causal and not attention.bidirectional:
        raise ConfigError(
            f"objective: got {type(objective).__name__}, which hides items of a history and predicts them from both "
            f"sides; {type(attention).__name__} reads the past alone. Choose attention=transformer, or "
            "objective=next_item"
        )


def check_fusion(table: FusedEmbedding, names: Iterable[str], *, read: bool) -> None:
    """Raises ConfigError for features that change nothing. read: whether an attention reads them apart."""
    if not (table.fusion.reads_features or read):
        raise ConfigError(
            f"fusion: got none, with which {', '.join(names)} would reach nothing; choose fusion=sum, concat or gate. "
            "Attentions that read features of items themselves: nova, dif_sr, fdsa"
        )


def check_item_features(attention: Attention, item: ItemEmbedding | FusedItemEmbedding) -> None:
    """Raises ConfigError for an attention that reads the features of items where none is chosen."""
    if attention.needs_features and not isinstance(item, FusedItemEmbedding):
        raise ConfigError(
            f"features: got none of items, but {type(attention).__name__} reads them. Name some that the dataset has, "
            "as in features=[genres] (docs/features.md), or choose another attention"
        )


def check_times(attention: Attention, time: object) -> None:
    """Raises ConfigError for an attention that reads times where there are none. time: the times, or None."""
    if attention.needs_time and time is None:
        raise ConfigError(
            f"attention: {type(attention).__name__} reads the times of interactions, and there are none. Name their "
            "column in the dataset (dataset.time=...), give the times beside the histories, or choose another attention"
        )
