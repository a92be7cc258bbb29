"""The table of interactions: flat arrays sorted by user and time."""

import hashlib
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from recexp.data.card import DatasetCard

BY_TIME = "by time; equal times in the order of the file"
BY_FILE = "in the order of the file, which is read without times"


@dataclass(frozen=True, eq=False)
class Interactions:
    """Flat arrays sorted by user, then time; equal times stay in the order of the file (T12).

    user_idx: int32 [n], 0 .. num_users - 1.
    item_idx: int32 [n], 1 .. num_items; 0 is padding everywhere.
    time: int64 or float64 [n], in the unit of the file, or the position in the file where it has no times.
    offsets: int64 [num_users + 1]; the rows of user u are offsets[u]:offsets[u + 1].
    user_ids: int64 or str [num_users], the external id of each user_idx, ascending.
    item_ids: int64 or str [num_items + 1], the external id of each item_idx, ascending after the padding's -1 or "".
    """

    user_idx: np.ndarray
    item_idx: np.ndarray
    time: np.ndarray
    offsets: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray

    @property
    def num_users(self) -> int:
        return len(self.user_ids)

    @property
    def num_items(self) -> int:
        return len(self.item_ids) - 1

    def sha256(self) -> str:
        """Of all arrays with their types: the same hash is the same data."""
        digest = hashlib.sha256()
        for field in fields(self):
            array = getattr(self, field.name)
            digest.update(f"{field.name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data.cast("B"))
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A dataset ready for a split, and its card."""

    interactions: Interactions
    card: DatasetCard

    def frame(self) -> pd.DataFrame:
        """A row an interaction, sorted by user and time: user, item (external ids) and time where there are times."""
        of = self.interactions
        frame = pd.DataFrame({"user": of.user_ids[of.user_idx], "item": of.item_ids[of.item_idx]})
        return frame if self.card.order == BY_FILE else frame.assign(time=of.time)
