"""Which interactions are kept: minimum rating first, then the k-core of what is left."""

import numpy as np

from recexp.dataset.base import Dataset
from recexp.errors import ConfigError, DataError


def kept_rows(dataset: Dataset, user: np.ndarray, item: np.ndarray, rating: np.ndarray | None) -> np.ndarray:
    """bool [n]: which interactions pass the filters of `dataset`.

    user, item: integer [n], from 0; rating: number [n] or None.
    Raises ConfigError for a minimum rating without ratings, DataError when nothing is left, naming what each removed.
    """
    kept = np.ones(len(user), bool)
    removed = []
    if dataset.min_rating is not None:
        if rating is None:
            raise ConfigError(
                f"dataset.min_rating: got {dataset.min_rating:g}, expected null, because dataset {dataset.name!r} "
                "is read without ratings"
            )
        kept = rating >= dataset.min_rating
        removed.append(f"dataset.min_rating={dataset.min_rating:g} removed {len(user) - kept.sum():,}")
    if dataset.k_core is not None:
        before = kept.sum()
        kept = k_core(user, item, dataset.k_core, among=kept)
        removed.append(f"dataset.k_core={dataset.k_core} removed {before - kept.sum():,}")
    if not kept.any():
        raise DataError(
            f"dataset {dataset.name!r}: nothing is left of {len(user):,} interactions: {', then '.join(removed)}"
        )
    return kept


def k_core(user: np.ndarray, item: np.ndarray, k: int, *, among: np.ndarray) -> np.ndarray:
    """bool [n]: the largest part of the rows `among` in which every user and every item has at least k interactions.

    Repeated interactions of a user with an item count each. That part is unique, whatever is dropped first.
    """
    kept = among.copy()
    users, items = (np.bincount(idx[kept], minlength=idx.max() + 1) for idx in (user, item))
    while True:
        few = np.flatnonzero(kept & ((users < k)[user] | (items < k)[item]))
        if not len(few):
            return kept
        kept[few] = False
        users -= np.bincount(user[few], minlength=len(users))
        items -= np.bincount(item[few], minlength=len(items))
