"""External ids -> contiguous numbers in their order."""

import numpy as np
import pandas as pd


def contiguous(ids: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(int32 [n] position of each id, the ids ascending). Text that only spells whole numbers becomes int64."""
    codes, found = pd.factorize(ids)
    found = np.asarray(found)
    if found.dtype != np.int64:
        text = found.astype(str)
        try:
            numbers = text.astype(np.int64)
            found = numbers if (numbers.astype(str) == text).all() else text  # 007 is not 7
        except (ValueError, OverflowError):
            found = text
    order = np.argsort(found)
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order))
    return position[codes], found[order]


def without_gaps(idx: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same after some of `ids` have lost all their rows: those are left out."""
    used = np.bincount(idx, minlength=len(ids)) > 0
    if used.all():
        return idx, ids
    return (np.cumsum(used, dtype=np.int32) - 1)[idx], ids[used]
