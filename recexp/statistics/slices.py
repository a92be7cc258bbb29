"""A metric on parts of the targets: by length of the history, popularity of the target, user group, repetition.

Letters: B targets, U users.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from recexp.errors import ConfigError, RunError, suggest
from recexp.metric.base import Metric
from recexp.runs.kept_data import KeptData
from recexp.statistics.bootstrap import interval, resampled_means
from recexp.statistics.user_values import TARGET, UserValues, user_values

HISTORY_BOUNDS = (5, 10, 20, 50, 100, 200)
POPULARITY_BOUNDS = (1, 5, 20)
NUMERIC_GROUPS = 4  # quarters, of a user feature that is a number with many values
UNKNOWN = "unknown"


def by_history_length(ranks: pd.DataFrame) -> np.ndarray:
    """str [B]: the number of items before the target, in ranges."""
    return _ranges(ranks["history_len"].to_numpy(), HISTORY_BOUNDS)


def by_item_popularity(ranks: pd.DataFrame, kept: KeptData) -> np.ndarray:
    """str [B]: the training interactions of the target: unseen, 1-4, 5-19, 20+."""
    of = kept.interactions
    is_training = np.arange(len(of.item_idx)) < kept.train_end[of.user_idx]
    count_N = np.bincount(of.item_idx[is_training], minlength=len(of.item_ids))
    labels = _ranges(count_N[ranks["target_idx"].to_numpy()], POPULARITY_BOUNDS)
    return np.where(labels == "0", "unseen", labels)


def by_repetition(ranks: pd.DataFrame, kept: KeptData) -> np.ndarray:
    """str [B]: `repeated` where the target stands in its own history, else `new`."""
    of = kept.interactions
    pair = of.user_idx.astype(np.int64) * len(of.item_ids) + of.item_idx
    place = np.arange(len(pair)) - of.offsets[of.user_idx]
    known, first = np.unique(pair, return_index=True)
    asked = ranks["user_idx"].to_numpy() * len(of.item_ids) + ranks["target_idx"].to_numpy()
    at = np.searchsorted(known, asked)
    if (at == len(known)).any() or not np.array_equal(known[at], asked):
        raise RunError("the ranks hold targets that are not in the kept histories: they are not of one run")
    return np.where(place[first[at]] < ranks["history_len"].to_numpy(), "repeated", "new")


def by_user_group(ranks: pd.DataFrame, users: pd.DataFrame, feature: str) -> np.ndarray:
    """str [B]: a feature of the user, such as `gender` or `age`. users: column `user` and the features.

    A number with more than a few values is divided at its quartiles over users.
    """
    known = [str(name) for name in users if name != "user"]
    if feature not in known:
        raise ConfigError(f"slices: the users have no {feature!r}. {suggest(feature, known) if known else ''}".strip())
    column = users.set_index(users["user"].astype(str))[feature]
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > 2 * NUMERIC_GROUPS:
        inner = np.unique(column.quantile(np.linspace(0, 1, NUMERIC_GROUPS + 1)[1:-1]).round().astype(int))
        column = pd.Series(_ranges(column.fillna(-1).to_numpy(), inner), column.index).where(column.notna())
    return column.reindex(ranks["user"].astype(str)).astype(object).fillna(UNKNOWN).astype(str).to_numpy()


def sliced(ranks: Sequence[pd.DataFrame], label_B: np.ndarray, metric: Metric, k: int | None) -> pd.DataFrame:
    """A row a group, in natural order: group, users, targets, mean, low, high, gap, half_width.

    ranks: of each seed. label_B: the group of each row of the first. low, high: 95 % interval by bootstrap over users.
    gap: the mean less that of all other targets; half_width: of its 95 % interval (Welch, 1947). A smaller gap is
    not told from none, so it is printed beside every gap.
    """
    order = ranks[0].reset_index(drop=True).sort_values(TARGET, kind="stable").index.to_numpy()
    sorted_ranks, label_B = [frame.sort_values(TARGET, kind="stable") for frame in ranks], label_B[order]
    rows = []
    for group in sorted(set(label_B), key=_natural):
        inside = label_B == group
        of = user_values([frame[inside] for frame in sorted_ranks], metric, k)
        low, high = interval(resampled_means(of.pooled_U[:, None], of.targets_U))
        row = {"group": group, "users": len(of.user_U), "targets": int(inside.sum()), "mean": of.mean}
        row |= {"low": float(low[0]), "high": float(high[0]), "gap": np.nan, "half_width": np.nan}
        if not inside.all():
            rest = user_values([frame[~inside] for frame in sorted_ranks], metric, k)
            row |= {"gap": of.mean - rest.mean, "half_width": _half_width(of, rest)}
        rows.append(row)
    return pd.DataFrame(rows)


def _half_width(first: UserValues, second: UserValues) -> float:
    if min(len(first.user_U), len(second.user_U)) < 2:
        return np.nan
    difference = stats.ttest_ind(first.pooled_U, second.pooled_U, equal_var=False).confidence_interval(0.95)
    return float(difference.high - difference.low) / 2


def _ranges(value: np.ndarray, bounds: Sequence[int] | np.ndarray) -> np.ndarray:
    """str: `0-4`, `5-9`, ..., `200+` for the bounds 5, 10, ..., 200."""
    starts = [0, *map(int, bounds)]
    names = [str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in pairwise(starts)]
    return np.array([*names, f"{starts[-1]}+"], object)[np.searchsorted(bounds, value, side="right")]


def _natural(group: str) -> tuple[float, str]:
    """Ranges by their first number, words before them."""
    number = group.partition("-")[0].rstrip("+")
    return (float(number) if number.isdecimal() else -1.0, group)
