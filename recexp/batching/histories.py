"""Histories: everything a model may look at, and how they are built from the flat table of interactions.

Letters: B rows, L the longest history of the batch, F context features.
A new per-position tensor is one more field of `Histories` and one more line of `HistoryBuilder`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from recexp.data.interactions import Interactions
from recexp.features.context import ContextCodes

MASK = -1  # item index of a position that the objective hides


class Histories(NamedTuple):
    """Right-padded histories: a causal position then never sees padding (T16) nor its batch-mates (T17)."""

    user_B: Tensor  # int64, from 0
    item_BL: Tensor  # int64, oldest first; 0 = padding, MASK = hidden
    length_B: Tensor  # int64, positions of each row that are not padding
    time_BL: Tensor | None = None  # in the unit of the dataset, 0 = padding; None where the dataset has no times
    context_BLF: Tensor | None = None  # int64 codes of the context of each interaction, 0 = padding; None = not chosen

    def rows(self, index: slice | Tensor) -> "Histories":
        """Some rows of each tensor."""
        return Histories._make(None if tensor is None else tensor[index] for tensor in self)

    def with_positions(self, change: Callable[[Tensor], Tensor], length_B: Tensor) -> "Histories":
        """`change` applied to each tensor that has positions [B, L, ...], and the lengths that result."""
        fields = self._asdict()
        changed = {name: change(tensor) for name, tensor in fields.items() if "_BL" in name and tensor is not None}
        return Histories(**(fields | changed | {"length_B": length_B}))

    def newest(self, count: int) -> "Histories":
        """At most the `count` newest positions of each row."""
        return self.with_positions(lambda tensor: newest(tensor, self.length_B, count), self.length_B.clamp(max=count))


def newest(tensor: Tensor, length_B: Tensor, count: int) -> Tensor:
    """At most the `count` newest positions of each right-padded row of a tensor [B, L, ...]."""
    if tensor.shape[1] <= count:
        return tensor
    first_B1 = (length_B - count).clamp(min=0).unsqueeze(1)
    place_BK = torch.arange(count, device=length_B.device) + first_B1
    index = place_BK.view(*place_BK.shape, *(1,) * (tensor.ndim - 2))
    return tensor.gather(1, index.expand(-1, -1, *tensor.shape[2:]))


class HistoryBuilder:
    """Builds `Histories` for rows of the interactions, a whole batch in a few array operations.

    has_times: whether the times of the interactions mean anything; contexts: the chosen context features, or None.
    """

    def __init__(self, interactions: Interactions, *, has_times: bool, contexts: ContextCodes | None) -> None:
        self.interactions, self.has_times, self.contexts = interactions, has_times, contexts

    def __call__(self, user: np.ndarray, start: np.ndarray, end: np.ndarray) -> Histories:
        """int64 [B] each: the history of user[b] consists of the flat rows start[b] ... end[b] - 1."""
        place_BL, inside_BL = places(start, end)
        row_BL = np.where(inside_BL, place_BL, 0)
        of = self.interactions
        return Histories(
            user_B=int64(user),
            item_BL=int64(np.where(inside_BL, of.item_idx[row_BL], 0)),
            length_B=int64(end - start),
            time_BL=torch.from_numpy(np.where(inside_BL, of.time[row_BL], 0)) if self.has_times else None,
            context_BLF=None if self.contexts is None else int64(self.contexts(row_BL) * inside_BL[:, :, None]),
        )


def places(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flat rows start ... end - 1 of each row, right-padded, and which of them are real: int64, bool [B, L]."""
    width = max(1, int((end - start).max(initial=1)))
    place_BL = start[:, None] + np.arange(width)
    return place_BL, place_BL < end[:, None]


def int64(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.int64))
