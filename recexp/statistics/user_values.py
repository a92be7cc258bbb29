"""A metric of every user under every seed: what intervals and tests are computed from.

Letters: S seeds, U users.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from hydra.utils import instantiate
from omegaconf import OmegaConf

from recexp.config.compose import choices, conf_dir
from recexp.errors import ConfigError, RunError, suggest
from recexp.metric.base import Metric

TARGET = ["user", "target"]  # columns of ranks.parquet that say what was ranked


@dataclass(frozen=True, eq=False)
class UserValues:
    """user_U: external ids, sorted. targets_U: int64, the targets of each user, one under leave-one-out.

    value_SU: float64, the mean of the metric over the user's targets.
    """

    user_U: np.ndarray
    targets_U: np.ndarray
    value_SU: np.ndarray

    @property
    def pooled_U(self) -> np.ndarray:
        """float64: each user's mean over the seeds. Seeds are no users: they never count as more observations (T10)."""
        return self.value_SU.mean(axis=0)

    @property
    def mean_S(self) -> np.ndarray:
        """float64: the metric of each seed, a mean over targets, as `metrics.json` has it."""
        return self.value_SU @ self.targets_U / self.targets_U.sum()

    @property
    def mean(self) -> float:
        return float(self.mean_S.mean())

    @property
    def sd(self) -> float:
        """Standard deviation over the seeds (ddof = 1); NaN for one seed."""
        return float(self.mean_S.std(ddof=1)) if len(self.mean_S) > 1 else np.nan


def metric_of(key: str) -> tuple[Metric, int | None]:
    """The metric and the cut-off of a key such as `hr@10` or `mrr`. Raises ConfigError."""
    name, _, cutoff = key.partition("@")
    if name not in choices("metric"):
        raise ConfigError(f"metric {key!r}: there is no conf/metric/{name}.yaml. {suggest(name, choices('metric'))}")
    metric: Metric = instantiate(OmegaConf.load(conf_dir() / "metric" / f"{name}.yaml"))[name]
    if metric.at_k != cutoff.isdecimal():
        raise ConfigError(f"metric: got {key!r}, expected {name}{'@10, with a cut-off' if metric.at_k else ' alone'}")
    return metric, int(cutoff) if metric.at_k else None


def user_values(ranks: Sequence[pd.DataFrame], metric: Metric, k: int | None) -> UserValues:
    """ranks: ranks.parquet of each seed of one configuration. Raises RunError where the seeds ranked other targets."""
    seeds = [frame.sort_values(TARGET, kind="stable") for frame in ranks]
    target = seeds[0][TARGET].to_numpy()
    for seed in seeds[1:]:
        if not np.array_equal(seed[TARGET].to_numpy(), target):
            raise RunError("the seeds of one configuration ranked different targets; expected the same users and items")
    user_U, start_U, targets_U = np.unique(seeds[0]["user"].to_numpy(), return_index=True, return_counts=True)
    value_S = [metric.per_user(seed["higher"].to_numpy(), seed["equal"].to_numpy(), k) for seed in seeds]
    return UserValues(user_U, targets_U, np.stack([np.add.reduceat(it, start_U) for it in value_S]) / targets_U)


def check_paired(first: UserValues, second: UserValues) -> None:
    """Raises RunError where two configurations have other users, or other numbers of targets: no pairs, no test."""
    same = np.array_equal(first.user_U, second.user_U) and np.array_equal(first.targets_U, second.targets_U)
    if not same:
        raise RunError(
            f"the two configurations ranked different users ({len(first.user_U)} and {len(second.user_U)}); a paired "
            "test needs the same users under the same split"
        )


def difference(first: UserValues, second: UserValues) -> np.ndarray:
    """float64 [U]: what each user contributes to `first.mean - second.mean`, which is the mean of these numbers.

    A user of several targets counts so many times, as in the metric itself.
    """
    check_paired(first, second)
    return (first.pooled_U - second.pooled_U) * first.targets_U / first.targets_U.mean()
