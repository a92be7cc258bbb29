"""Everything that is said about the difference of two configurations.

Letters: U users.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from recexp.statistics.bootstrap import interval, resampled_means
from recexp.statistics.paired_tests import paired_t, randomisation, wilcoxon
from recexp.statistics.user_values import UserValues, difference

POWER = 0.8
LEVEL = 0.95


@dataclass(frozen=True)
class Comparison:
    """difference: of the means, first less second. low, high: its 95 % interval by bootstrap over users.

    p_randomisation, p_t, p_wilcoxon: two-sided. effect: Cohen's d of paired values, the difference in standard
    deviations of the users' differences. wins, ties, losses: users for whom the first is better, equal or worse.
    smallest: the smallest true difference that these users would show with a power of 80 %, see `smallest_difference`.
    """

    users: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    p_randomisation: float
    p_t: float
    p_wilcoxon: float
    effect: float
    wins: int
    ties: int
    losses: int
    smallest: float


def compare(first: UserValues, second: UserValues, *, seed: int = 0) -> Comparison:
    """Pairs users; each user's value is the mean over the seeds. Raises RunError where the users differ."""
    difference_U = difference(first, second)
    low, high = interval(resampled_means(difference_U[:, None], np.ones(len(difference_U)), seed=seed), LEVEL)
    return Comparison(
        users=len(difference_U),
        first=first.mean,
        second=second.mean,
        difference=float(difference_U.mean()),
        low=float(low[0]),
        high=float(high[0]),
        p_randomisation=randomisation(difference_U, seed=seed),
        p_t=paired_t(difference_U),
        p_wilcoxon=wilcoxon(difference_U),
        effect=effect_size(difference_U),
        wins=int((difference_U > 0).sum()),
        ties=int((difference_U == 0).sum()),
        losses=int((difference_U < 0).sum()),
        smallest=smallest_difference(difference_U),
    )


def effect_size(difference_U: np.ndarray) -> float:
    """Cohen's d_z = mean / standard deviation of the differences (Cohen, 1988); 0 where there is no difference."""
    sd = float(difference_U.std(ddof=1)) if len(difference_U) > 1 else np.nan
    if sd == 0:
        return float(np.copysign(np.inf, difference_U[0])) if difference_U.any() else 0.0
    return float(difference_U.mean()) / sd


def smallest_difference(difference_U: np.ndarray, *, power: float = POWER, level: float = LEVEL) -> float:
    """(z_((1 + level) / 2) + z_power) * sd / sqrt(U): the true difference that a paired test finds with this power.

    A smaller one is more likely than not to be missed, so "no significant difference" says nothing about it.
    """
    z = stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(power)
    return float(z * difference_U.std(ddof=1) / np.sqrt(len(difference_U))) if len(difference_U) > 1 else np.nan
