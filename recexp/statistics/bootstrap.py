"""Percentile bootstrap over users, and over users and seeds together (Efron & Tibshirani, 1993, chapter 13).

Letters: R resamples, S seeds, U users, C columns: configurations, metrics or differences of the same users.
"""

from collections.abc import Iterator

import numpy as np

from recexp.checks import check_whole

RESAMPLES = 10_000
CELLS = 1 << 19  # counts at a time: 4 MB, which stay in the processor's cache


def resampled_means(
    value_UC: np.ndarray, weight_U: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """float64 [R, C]: weighted means of resamples of the users, drawn with replacement.

    All columns share the users drawn, so that the difference of two columns is the resample of their difference.
    O(R U C) time, memory for `CELLS` counts.
    """
    values = np.column_stack([value_UC * weight_U[:, None], weight_U])
    sums = np.concatenate([count_RU @ values for count_RU in _counts(len(weight_U), resamples, seed)])
    return sums[:, :-1] / sums[:, -1:]


def resampled_means_over_seeds(
    value_SUC: np.ndarray, weight_U: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """float64 [R, C]: users and seeds are drawn, each with replacement and apart, so that both kinds of chance count.

    With few seeds the part of the seeds is too small, by (S - 1) / S of its variance.
    """
    seeds, users, columns = value_SUC.shape
    by_seed = resampled_means(
        value_SUC.transpose(1, 0, 2).reshape(users, -1), weight_U, resamples=resamples, seed=seed
    ).reshape(resamples, seeds, columns)
    drawn_RS = np.random.default_rng([seed, 1]).multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples)
    return np.einsum("rs,rsc->rc", drawn_RS / seeds, by_seed)


def interval(mean_RC: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """float64 [C] twice: the percentiles that leave out (1 - level) / 2 on either side."""
    low, high = np.quantile(mean_RC, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _counts(users: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """float64 [rows, U]: how often each user was drawn in each resample, a few resamples at a time."""
    check_whole("resamples", resamples, least=1)
    generator = np.random.default_rng([seed, 0])
    rows = max(1, CELLS // users)
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        drawn = generator.integers(0, users, size=(count, users))
        drawn += np.arange(count)[:, None] * users
        yield np.bincount(drawn.ravel(), minlength=count * users).reshape(count, users).astype(np.float64)
