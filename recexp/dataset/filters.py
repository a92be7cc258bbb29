"""Which interactions are kept: minimum rating first, then the k-core of what is left."""

import numpy as np

from recexp.dataset.base import Dataset
from recexp.errors import ConfigError, DataError


def kept_rows(dataset: Dataset, user: np.ndarray, item: np.ndarray, rating: np.ndarray | None) -> np.ndarray:
    """int64: positions, in their order, of the interactions that pass the filters of `dataset`.

    user, item: integer [n]; rating: number [n] or None.
    Raises ConfigError for a minimum rating without ratings, DataError when nothing is left, naming what each removed.
    """
    kept = np.arange(len(user))
    removed = []
    if dataset.min_rating is not None:
        if rating is None:
            raise ConfigError(
                f"dataset.min_rating: got {dataset.min_rating:g}, expected null, because dataset {dataset.name!r} "
                "is read without ratings"
            )
        kept = np.flatnonzero(rating >= dataset.min_rating)
        removed.append(f"dataset.min_rating={dataset.min_rating:g} removed {len(user) - len(kept):,}")
    if dataset.k_core is not None:
        before = len(kept)
        kept = kept[k_core(user[kept], item[kept], dataset.k_core)]
        removed.append(f"dataset.k_core={dataset.k_core} removed {before - len(kept):,}")
    if not len(kept):
        raise DataError(
            f"dataset {dataset.name!r}: nothing is left of {len(user):,} interactions: {', then '.join(removed)}"
        )
    return kept


def k_core(user: np.ndarray, item: np.ndarray, k: int) -> np.ndarray:
    """int64: positions of the largest part in which every user and every item has at least k interactions.

    Repeated interactions of a user with an item count each. That part is unique, whatever is dropped first.
    """
    kept = np.arange(len(user))
    while True:
        users, items = user[kept], item[kept]
        few = (np.bincount(users)[users] < k) | (np.bincount(items)[items] < k)
        if not few.any():
            return kept
        kept = kept[~few]
