"""Many tests in one table: p-values that hold for all of them together."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Controls the chance of any wrong rejection (Holm, 1979): p_(i) (n - i + 1), never less than the one before."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """Controls the share of wrong rejections among all rejections (Benjamini & Hochberg, 1995)."""
    return stats.false_discovery_control(np.asarray(p_values, np.float64)) if len(p_values) else np.empty(0)
