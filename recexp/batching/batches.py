"""Flat arrays -> padded batches, without a Python loop over rows.

Letters: B rows, L the longest history of the batch, S seen items of all rows, C sampled candidates,
F features of the moment.
Histories are right-padded with 0: a causal position then never sees padding (T16) nor its batch-mates (T17).
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from recexp.data.interactions import Interactions
from recexp.features.context import ContextCodes
from recexp.split.base import Targets
from recexp.windows.base import Windows


class TrainingBatch(NamedTuple):
    """int64 tensors."""

    user_B: Tensor
    history_BL: Tensor
    target_BL: Tensor  # the item after each position; 0 where nothing is to be learned
    context_BLF: Tensor | None  # codes of the moment of each interaction, 0 = padding; None: not asked for


class RankingBatch(NamedTuple):
    """int64 tensors."""

    row_B: Tensor  # flat row of each target in the interactions
    user_B: Tensor
    history_BL: Tensor
    target_B: Tensor
    seen_row_S: Tensor  # row in the batch and item of each distinct seen item
    seen_item_S: Tensor
    candidate_BC: Tensor | None  # None: the whole catalogue
    context_BLF: Tensor | None  # as in training


class TrainingWindows(Dataset):
    """Indexed by an int64 array of window numbers, gives their `TrainingBatch`; with `moments`, these too."""

    def __init__(self, interactions: Interactions, windows: Windows, moments: ContextCodes | None = None) -> None:
        self.items, self.user_idx = interactions.item_idx, interactions.user_idx
        self.windows, self.moments = windows, moments

    def __len__(self) -> int:
        return len(self.windows.start)

    def num_targets(self) -> int:
        """Positions that are learned from in an epoch."""
        return int((self.windows.end - self.windows.first_target).sum())

    def __getitem__(self, index: np.ndarray) -> TrainingBatch:
        start, end, first_target = (field[index] for field in self.windows)
        place_BL, inside_BL = _places(start, end - 1)
        is_target_BL = inside_BL & (place_BL + 1 >= first_target[:, None])
        return TrainingBatch(
            user_B=_tensor(self.user_idx[start]),
            history_BL=_tensor(np.where(inside_BL, self.items[np.where(inside_BL, place_BL, 0)], 0)),
            target_BL=_tensor(np.where(is_target_BL, self.items[np.where(is_target_BL, place_BL + 1, 0)], 0)),
            context_BLF=_contexts(self.moments, place_BL, inside_BL),
        )


class RankingTargets(Dataset):
    """Indexed by an int64 array of target numbers, gives their `RankingBatch`.

    candidate: int32 [k, C] or None.
    """

    def __init__(
        self,
        interactions: Interactions,
        targets: Targets,
        max_history_len: int,
        candidate: np.ndarray | None,
        filter_seen: bool,
        moments: ContextCodes | None = None,
    ) -> None:
        self.interactions, self.targets, self.max_history_len = interactions, targets, max_history_len
        self.candidate, self.filter_seen, self.moments = candidate, filter_seen, moments

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: np.ndarray) -> RankingBatch:
        items, row, end = self.interactions.item_idx, self.targets.row[index], self.targets.history_end[index]
        user = self.interactions.user_idx[row]
        start = self.interactions.offsets[user]
        place_BL, inside_BL = _places(np.maximum(start, end - self.max_history_len), end)
        seen_row, seen_item = self._seen(start, end) if self.filter_seen else (np.zeros(0), np.zeros(0))
        return RankingBatch(
            row_B=_tensor(row),
            user_B=_tensor(user),
            history_BL=_tensor(np.where(inside_BL, items[np.where(inside_BL, place_BL, 0)], 0)),
            target_B=_tensor(items[row]),
            seen_row_S=_tensor(seen_row),
            seen_item_S=_tensor(seen_item),
            candidate_BC=None if self.candidate is None else _tensor(self.candidate[index]),
            context_BLF=_contexts(self.moments, place_BL, inside_BL),
        )

    def _seen(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The distinct items of each user's whole history, not of its newest part alone (T13)."""
        place_BS, inside_BS = _places(start, end)
        batch_row, _ = np.nonzero(inside_BS)
        size = self.interactions.num_items + 1
        return np.divmod(np.unique(batch_row * size + self.interactions.item_idx[place_BS[inside_BS]]), size)


def _places(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flat rows start ... end - 1 of each row, right-padded, and which of them are real: int64, bool [B, L]."""
    width = max(1, int((end - start).max(initial=1)))
    place_BL = start[:, None] + np.arange(width)
    return place_BL, place_BL < end[:, None]


def _contexts(moments: ContextCodes | None, place_BL: np.ndarray, inside_BL: np.ndarray) -> Tensor | None:
    return None if moments is None else _tensor(moments(np.where(inside_BL, place_BL, 0)) * inside_BL[:, :, None])


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.int64))
