"""What is said about the difference of two configurations."""

import numpy as np
import pytest
from scipy import stats

from recexp.statistics.comparison import compare, effect_size, smallest_difference
from recexp.statistics.user_values import UserValues


def values(value_SU):
    value_SU = np.atleast_2d(np.asarray(value_SU, float))
    users = value_SU.shape[1]
    return UserValues(np.arange(users), np.ones(users, int), value_SU)


def test_wins_ties_losses_and_the_effect_by_hand():
    it = compare(values([1, 1, 0, 1, 0]), values([0, 0, 0, 1, 1]))
    assert (it.wins, it.ties, it.losses) == (2, 2, 1)
    assert it.difference == pytest.approx(3 / 5 - 2 / 5)
    assert it.effect == pytest.approx(0.2 / np.std([1, 1, 0, 0, -1], ddof=1))
    assert it.low < it.difference < it.high


def test_more_seeds_of_the_same_users_are_not_more_evidence():
    """T10: the same values under ten seeds say what they say under one."""
    generator = np.random.default_rng(0)
    first, second = generator.random((2, 1, 40))
    once = compare(values(first), values(second))
    assert compare(values(np.repeat(first, 10, axis=0)), values(np.repeat(second, 10, axis=0))).p_t == pytest.approx(
        once.p_t
    )


def test_the_smallest_difference_is_found_in_four_of_five_samples():
    """At the power that it is named for."""
    generator = np.random.default_rng(0)
    true = smallest_difference(generator.normal(0, 1, 100_000)[:10_000]) * np.sqrt(10_000 / 400)
    found = [stats.ttest_1samp(generator.normal(true, 1, 400), 0).pvalue < 0.05 for _ in range(600)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.05)


def test_differences_without_spread_have_no_finite_effect():
    assert effect_size(np.zeros(5)) == 0
    assert effect_size(np.full(5, -0.1)) == -np.inf
