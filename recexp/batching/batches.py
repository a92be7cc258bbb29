"""The two kinds of batch, and the datasets that build them from flat arrays without a Python loop over rows.

Letters: B rows, L the longest history of the batch, S seen items of all rows, C sampled candidates.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from recexp.batching.histories import Histories, HistoryBuilder, int64, places
from recexp.data.interactions import Interactions
from recexp.split.base import Targets
from recexp.windows.base import Windows


class TrainingBatch(NamedTuple):
    """Whole windows with their targets inside. The objective decides what a model sees of them."""

    windows: Histories
    is_target_BL: Tensor  # bool: the positions to learn from; the others are context

    def next_items(self) -> tuple[Histories, Tensor]:
        """The windows without their last item, and target_BL: the item after each position, 0 = no target."""
        windows, is_target_BL = self
        length_B = windows.length_B - 1
        inside_BL = torch.arange(windows.item_BL.shape[1] - 1, device=length_B.device) < length_B[:, None]

        def without_last(tensor: Tensor) -> Tensor:
            return tensor[:, :-1] * inside_BL.view(*inside_BL.shape, *(1,) * (tensor.ndim - 2))

        return windows.with_positions(without_last, length_B), (windows.item_BL * is_target_BL)[:, 1:]


class SeenItems(NamedTuple):
    """int64 tensors: pairs of a row of the batch and an item that its user has seen; no pair twice."""

    row_S: Tensor
    item_S: Tensor

    def rows(self, start: int, end: int) -> "SeenItems":
        """Those of the rows start ... end - 1, which are numbered from 0 then."""
        inside_S = (self.row_S >= start) & (self.row_S < end)
        return SeenItems(self.row_S[inside_S] - start, self.item_S[inside_S])


class RankingBatch(NamedTuple):
    """int64 tensors."""

    row_B: Tensor  # flat row of each target in the interactions
    histories: Histories
    target_B: Tensor
    seen: SeenItems  # what is left out of the ranking
    candidate_BC: Tensor | None  # None: the whole catalogue

    def rows(self, start: int, end: int) -> "RankingBatch":
        """The rows start ... end - 1."""
        part = slice(start, end)
        return RankingBatch(
            row_B=self.row_B[part],
            histories=self.histories.rows(part),
            target_B=self.target_B[part],
            seen=self.seen.rows(start, end),
            candidate_BC=None if self.candidate_BC is None else self.candidate_BC[part],
        )


class TrainingWindows(Dataset):
    """Indexed by an int64 array of window numbers, gives their `TrainingBatch`."""

    def __init__(self, interactions: Interactions, windows: Windows, build: HistoryBuilder) -> None:
        self.user_idx, self.windows, self.build = interactions.user_idx, windows, build

    def __len__(self) -> int:
        return len(self.windows.start)

    def num_targets(self) -> int:
        """Positions that are learned from in an epoch."""
        return int((self.windows.end - self.windows.first_target).sum())

    def __getitem__(self, index: np.ndarray) -> TrainingBatch:
        start, end, first_target = (field[index] for field in self.windows)
        place_BL, inside_BL = places(start, end)
        is_target_BL = inside_BL & (place_BL >= first_target[:, None])
        return TrainingBatch(self.build(self.user_idx[start], start, end), torch.from_numpy(is_target_BL))


class RankingTargets(Dataset):
    """Indexed by an int64 array of target numbers, gives their `RankingBatch`.

    candidate: int32 [k, C], or None for the whole catalogue.
    """

    def __init__(
        self,
        interactions: Interactions,
        targets: Targets,
        build: HistoryBuilder,
        *,
        max_history_len: int,
        candidate: np.ndarray | None,
        filter_seen: bool,
    ) -> None:
        self.interactions, self.targets, self.build = interactions, targets, build
        self.max_history_len, self.candidate, self.filter_seen = max_history_len, candidate, filter_seen

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: np.ndarray) -> RankingBatch:
        items, row, end = self.interactions.item_idx, self.targets.row[index], self.targets.history_end[index]
        user = self.interactions.user_idx[row]
        start = self.interactions.offsets[user]
        return RankingBatch(
            row_B=int64(row),
            histories=self.build(user, np.maximum(start, end - self.max_history_len), end),
            target_B=int64(items[row]),
            seen=seen_items(self.interactions, start, end if self.filter_seen else start),
            candidate_BC=None if self.candidate is None else int64(self.candidate[index]),
        )


def seen_items(interactions: Interactions, start: np.ndarray, end: np.ndarray) -> SeenItems:
    """The distinct items of each whole history, not of its newest part alone (T13). start, end: its rows, int64 [B]."""
    place_BS, inside_BS = places(start, end)
    batch_row, _ = np.nonzero(inside_BS)
    size = interactions.num_items + 1
    row_S, item_S = np.divmod(np.unique(batch_row * size + interactions.item_idx[place_BS[inside_BS]]), size)
    return SeenItems(int64(row_S), int64(item_S))
