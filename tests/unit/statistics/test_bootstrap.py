"""Intervals by bootstrap: against scipy, against the exact distribution, and by simulation."""

import time

import numpy as np
import pytest
from scipy import stats

from recexp.statistics.bootstrap import interval, resampled_means, resampled_means_over_seeds


def test_every_resample_of_two_users_is_as_likely_as_it_should_be():
    """(0, 0), (0, 1), (1, 0), (1, 1): means 0, 1/2, 1 with 1/4, 1/2, 1/4."""
    means = resampled_means(np.array([[0.0], [1.0]]), np.ones(2), resamples=20_000)[:, 0]
    assert set(means) == {0, 0.5, 1}
    for value, share in {0: 1 / 4, 0.5: 1 / 2, 1: 1 / 4}.items():
        assert np.mean(means == value) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 20_000))


def test_the_interval_is_that_of_scipy():
    values = np.random.default_rng(0).random(300) ** 3
    ours = interval(resampled_means(values[:, None], np.ones(300), resamples=20_000))
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=1).confidence_interval
    assert np.ravel(ours) == pytest.approx(theirs, abs=0.0015)


def test_columns_share_the_users_drawn():
    value_UC = np.random.default_rng(0).random((50, 2))
    both = resampled_means(np.column_stack([value_UC, value_UC[:, 0] - value_UC[:, 1]]), np.ones(50), resamples=100)
    assert both[:, 0] - both[:, 1] == pytest.approx(both[:, 2])
    assert both == pytest.approx(
        resampled_means(np.column_stack([value_UC, value_UC @ [1, -1]]), np.ones(50), resamples=100)
    )


def test_a_user_of_three_targets_weighs_three_times():
    means = resampled_means(np.array([[0.0], [1.0]]), np.array([3, 1]), resamples=1000)[:, 0]
    assert set(means) == {0, 1 / 4, 1}


def test_seeds_widen_the_interval_where_they_differ_and_only_there():
    generator = np.random.default_rng(0)
    value_SUC = np.repeat(generator.random((1, 200, 1)), 3, axis=0)
    users = resampled_means(value_SUC.mean(axis=0), np.ones(200), resamples=4000)
    assert resampled_means_over_seeds(value_SUC, np.ones(200), resamples=4000) == pytest.approx(users)
    differ = value_SUC + np.array([-0.1, 0, 0.1])[:, None, None]
    both = resampled_means_over_seeds(differ, np.ones(200), resamples=4000)
    expected = users.var() + 0.1**2 * (2 / 3) / 3  # variance of a mean of 3 draws from -.1, 0, .1
    assert both.var() == pytest.approx(expected, rel=0.08)


def coverage(simulations: int, users: int, resamples: int) -> float:
    """How often the 95 % interval holds the true mean of values like those of NDCG@10: mostly 0."""
    generator, truth = np.random.default_rng(0), 0.3 * 0.5
    values = (generator.random((users, simulations)) < 0.3) * generator.random((users, simulations))
    low, high = interval(resampled_means(values, np.ones(users), resamples=resamples))
    return float(np.mean((low <= truth) & (truth <= high)))


def test_the_interval_covers_the_truth():
    assert 0.92 <= coverage(400, users=300, resamples=1000) <= 0.98


@pytest.mark.slow
def test_the_interval_covers_the_truth_in_94_to_96_percent_of_2000_tables():
    assert 0.94 <= coverage(2000, users=943, resamples=4000) <= 0.96


@pytest.mark.slow
def test_ten_thousand_resamples_of_ml_1m_take_less_than_two_seconds():
    values = np.random.default_rng(0).random((6040, 1))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        resampled_means(values, np.ones(6040))
        seconds.append(time.process_time() - start)
    assert min(seconds) < 2
