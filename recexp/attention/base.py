"""What an attention variant is: it maps a history to contexts and scores them with a scorer.

Letters: B batch, L history, T positions (L when training, 1 when ranking), C candidates, D embedding, P real targets.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from recexp.nn.masking import last_mask
from recexp.scorer.base import Scorer


class History(NamedTuple):
    """Embedded histories, right-padded."""

    item_BLD: Tensor  # zeros where padded
    length_B: Tensor  # int64, real items of each row
    user_BD: Tensor | None  # given to variants with needs_user

    def keep_BL(self) -> Tensor:
        """bool: the real items; the first place of an empty history counts as real, so that rows stay finite."""
        return last_mask(self.length_B, self.item_BLD.shape[1])

    def last_B(self) -> Tensor:
        """int64: index of the newest item (0 for an empty history)."""
        return self.length_B.clamp(min=1) - 1


def at_last(x_BLD: Tensor, history: History) -> Tensor:
    """The newest position of every row, [B, 1, D]."""
    return x_BLD.gather(1, history.last_B()[:, None, None].expand(-1, 1, x_BLD.shape[-1]))


class Attention(nn.Module, ABC):
    """A candidate-free variant: one context a position, compared with every candidate.

    A subclass implements `forward`. Encoded rows are a tuple of tensors with a common first axis, so that
    losses can cut them into chunks; here there is one tensor, the contexts, a row for each real target.
    """

    candidate_aware: ClassVar[bool] = False
    needs_user: ClassVar[bool] = False

    @abstractmethod
    def forward(self, history: History, *, every_position: bool) -> Tensor:
        """context_BTD: at every position (position t sees items <= t), or at the newest one alone (T = 1)."""

    @abstractmethod
    def weights(self, history: History, item_CD: Tensor) -> Tensor:
        """Attention weights of the newest position over the history, for people to look at.

        [B, L] when all candidates and heads share them, else [B, H, L] (heads) or [B, C, L] (candidates).
        """

    def encode_training(self, history: History, target_BL: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Encoded rows for training and target_RT (int64, 0 = none) for each row: here R = P, T = 1."""
        context_BLD = self(history, every_position=True)
        real_BL = target_BL > 0
        return (context_BLD[real_BL].unsqueeze(1),), target_BL[real_BL].unsqueeze(1)

    def encode_ranking(self, history: History) -> tuple[Tensor, ...]:
        """Encoded rows for ranking: one a user, R = B."""
        return (self(history, every_position=False),)

    def score(self, rows: tuple[Tensor, ...], item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC of every training position with shared candidates."""
        (context_RTD,) = rows
        return scorer(context_RTD, item_CD)

    def score_own(self, rows: tuple[Tensor, ...], item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC of every training position with candidates of its own."""
        (context_RTD,) = rows
        return scorer.paired(context_RTD.unsqueeze(2), item_RTCD)

    def score_ranking(self, rows: tuple[Tensor, ...], item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RC of the newest position with shared candidates."""
        return self.score(rows, item_CD, scorer).squeeze(1)

    def row_elements(self, rows: tuple[Tensor, ...], scorer: Scorer) -> int:
        """Intermediate elements a row needs for one shared candidate; sizes the chunks of losses."""
        return scorer.width
