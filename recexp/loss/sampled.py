"""Losses that compare each target with sampled negatives.

Letters: R encoded rows, T positions, K negatives, P real targets, C = 1 + K candidates, D embedding.
"""

from abc import abstractmethod

import torch
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.data.user_item_set import UserItemSet
from recexp.errors import ConfigError
from recexp.loss.base import Loss
from recexp.loss.negatives.base import NegativeSampler
from recexp.loss.positions import Positions


class SampledLoss(Loss):
    """num_negatives negatives a target: its own (`shared=False`) or the same for the whole batch (`shared=True`).

    A negative that happens to be the target does not count; with exclude_history, none that its user has seen in
    training does. A user who has seen everything has no negatives (T6).
    """

    seen: UserItemSet | None

    def __init__(self, *, num_negatives: int, shared: bool, exclude_history: bool, negatives: NegativeSampler) -> None:
        super().__init__()
        if num_negatives < 1:
            raise ConfigError(f"loss.num_negatives: got {num_negatives}, expected at least 1")
        self.num_negatives, self.shared, self.exclude_history = num_negatives, shared, exclude_history
        self.negatives, self.seen = negatives, None

    def prepare(self, training: TrainingSet) -> None:
        self.seen = UserItemSet(training) if self.exclude_history else None
        self.negatives.prepare(training, self.seen)

    @abstractmethod
    def compare(self, target_P: Tensor, negative_PK: Tensor, keep_PK: Tensor) -> Tensor:
        """Sum over P of the loss of a target's score against its negatives' scores where keep_PK."""

    def correct(self, score: Tensor, item_idx: Tensor) -> Tensor:
        """The score as the loss compares it; both have the same shape. Sampled softmax corrects it here."""
        return score

    def draw_own(self, target_RT: Tensor, user_RT: Tensor) -> Tensor:
        """negative_RTK of each target's own, 0 where there is none."""
        shape = (*target_RT.shape, self.num_negatives)
        if self.seen is None:
            return self.negatives.draw(shape, target_RT)
        return self.negatives.draw_unseen(shape, target_RT, user_RT)

    def forward(self, positions: Positions) -> Tensor:
        target_RT = positions.target_RT
        if self.shared:
            negative_K = self.negatives.draw((self.num_negatives,), target_RT)
            return positions.chunked_sum(self._chunk_shared, shared=(negative_K,), candidates=self.num_negatives)
        negative_RTK = self.draw_own(target_RT, positions.user_RT)
        candidates = target_RT.shape[1] * (1 + self.num_negatives) * positions.items.embedding_dim
        return positions.chunked_sum(self._chunk_own, own=(negative_RTK,), candidates=candidates)

    def _chunk_shared(self, positions: Positions, negative_K: Tensor) -> Tensor:
        target_RT1 = positions.target_RT.unsqueeze(-1)
        target_score_RT1 = positions.score_own(target_RT1)
        negative_score_RTK = positions.score_shared(negative_K)
        negative_RTK = negative_K.expand(*positions.target_RT.shape, -1)
        return self._compare_real(target_RT1, target_score_RT1, negative_RTK, negative_score_RTK, positions.user_RT)

    def _chunk_own(self, positions: Positions, negative_RTK: Tensor) -> Tensor:
        candidate_RTC = torch.cat([positions.target_RT.unsqueeze(-1), negative_RTK], dim=-1)
        score_RTC = positions.score_own(candidate_RTC)
        return self._compare_real(
            candidate_RTC[..., :1], score_RTC[..., :1], negative_RTK, score_RTC[..., 1:], positions.user_RT
        )

    def _compare_real(
        self, target: Tensor, target_score: Tensor, negative: Tensor, negative_score: Tensor, user_RT: Tensor
    ) -> Tensor:
        """The targets' axes are [R, T, 1], the negatives' [R, T, K]; only real targets are compared."""
        real_RT = target.squeeze(-1) > 0
        return self.compare(
            self.correct(target_score, target)[real_RT].squeeze(-1).float(),
            self.correct(negative_score, negative)[real_RT].float(),
            self._keep(target[real_RT], negative[real_RT], user_RT[real_RT]),
        )

    def _keep(self, target_P1: Tensor, negative_PK: Tensor, user_P: Tensor) -> Tensor:
        """keep_PK, bool: the negatives that count."""
        keep_PK = negative_PK != target_P1
        if self.seen is not None:
            keep_PK &= (negative_PK > 0) & ~self.seen.contains(user_P.unsqueeze(-1), negative_PK)
        return keep_PK
