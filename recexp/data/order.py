"""Rows by user, then time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array

ROWS_AT_A_TIME = 1 << 16  # what is sorted at once fits the processor's cache


def by_user_then_time(
    user: np.ndarray, item: np.ndarray, time: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(user, item, time, offsets) in that order; equal times keep their order (T12).

    user: int32 [n], every number from 0 has rows. offsets: int64 [num_users + 1]; the rows of user u are
    offsets[u]:offsets[u + 1]. First the users, in linear time and only where their rows do not lie together; then
    the times, a few users at once.
    """
    if (user[1:] < user[:-1]).any():
        order = _stable_order(user)
        user, item, time = user[order], item[order], time[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(user))]).astype(np.int64)
    sorted_item, sorted_time = np.empty_like(item), np.empty_like(time)
    for rows in _pieces(offsets):
        order = np.lexsort((time[rows], user[rows]))  # stable
        sorted_item[rows], sorted_time[rows] = item[rows][order], time[rows][order]
    return user, sorted_item, sorted_time, offsets


def _stable_order(user: np.ndarray) -> np.ndarray:
    """The rows of user 0 in their order, then those of user 1, ...: the sparse matrix with its rows, row by row."""
    rows = np.arange(len(user), dtype=np.int32 if len(user) < 2**31 else np.int64)
    return coo_array((np.ones(len(user), bool), (user, rows))).tocsr().indices


def _pieces(offsets: np.ndarray) -> Iterator[slice]:
    """Slices of about ROWS_AT_A_TIME rows, or of one user's, that part no user."""
    marks = np.arange(0, offsets[-1] + ROWS_AT_A_TIME, ROWS_AT_A_TIME)
    ends = np.unique(offsets[np.searchsorted(offsets, marks).clip(max=len(offsets) - 1)])
    yield from (slice(start, end) for start, end in pairwise(ends))
