"""Two-sided paired tests of the hypothesis that two configurations are equal, on one difference a user (T10).

Which one to use in information retrieval: Smucker, Allan & Carterette, CIKM 2007 (randomisation and t agree, Wilcoxon
asks another question). Letters: R resamples, U users.
"""

import numpy as np
from scipy import stats

RESAMPLES = 10_000
SIGNS = 1 << 20  # signs at a time
EPSILON = 1e-12  # relative: sums of the same numbers in another order are equal


def randomisation(difference_U: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0) -> float:
    """Under the hypothesis each user's difference might as well have the other sign (Fisher, 1935).

    The share of sign patterns whose sum is at least as far from 0: of all patterns where there are no more than
    `resamples`, else of so many random ones, the observed one among them. Users without a difference change nothing.
    """
    moved = difference_U[difference_U != 0]
    least = abs(moved.sum()) * (1 - EPSILON)
    if 2 ** min(len(moved), 62) <= resamples:
        patterns = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float(np.mean(abs(_signed_sums(patterns, moved)) >= least))
    generator = np.random.default_rng(seed)
    rows, as_far = max(1, SIGNS // len(moved)), 1
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        bits = np.frombuffer(generator.bytes(count * -(-len(moved) // 8)), np.uint8).reshape(count, -1)
        as_far += int((abs(_signed_sums(np.unpackbits(bits, axis=1, count=len(moved)), moved)) >= least).sum())
    return as_far / (resamples + 1)


def _signed_sums(pattern_RU: np.ndarray, difference_U: np.ndarray) -> np.ndarray:
    """float64 [R]: a 1 keeps a sign, a 0 turns it."""
    return 2 * (pattern_RU.astype(np.float64) @ difference_U) - difference_U.sum()


def paired_t(difference_U: np.ndarray) -> float:
    """Student's t on the differences: of their mean."""
    return float(stats.ttest_1samp(difference_U, 0).pvalue) if np.ptp(difference_U) > 0 else _constant(difference_U)


def wilcoxon(difference_U: np.ndarray) -> float:
    """Wilcoxon's signed ranks, users without a difference left out: of their median, not of their mean."""
    return float(stats.wilcoxon(difference_U).pvalue) if difference_U.any() else 1.0


def _constant(difference_U: np.ndarray) -> float:
    """Of differences that are all the same, which have no spread to be compared with."""
    return 0.0 if difference_U.any() else 1.0
