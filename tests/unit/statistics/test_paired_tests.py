"""Paired tests: against scipy, against counting, and by simulation under the null."""

import numpy as np
import pytest
from scipy import stats

from recexp.statistics.corrections import benjamini_hochberg, holm
from recexp.statistics.paired_tests import paired_t, randomisation, wilcoxon

TESTS = [randomisation, paired_t, wilcoxon]


def test_all_sign_patterns_of_few_users_are_counted():
    """3 + 2 + 1: of 8 patterns, + + + and - - - reach 6; for 3 + 2 - 1 = 4 also those with -3 - 2 + 1 and 3 + 2 + 1."""
    assert randomisation(np.array([3.0, 2, 1])) == 2 / 8
    assert randomisation(np.array([3.0, 2, -1])) == 4 / 8
    assert randomisation(np.array([3.0, 2, -1, 0, 0])) == 4 / 8


def test_the_randomisation_test_is_that_of_scipy():
    values = np.random.default_rng(0).normal(0.2, 1, 11)
    exact = stats.permutation_test(
        (values, 0 * values),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert randomisation(values) == pytest.approx(exact.pvalue)
    many = np.random.default_rng(1).normal(0.1, 1, 300)
    drawn = stats.permutation_test(
        (many, 0 * many),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        n_resamples=9999,
        vectorized=True,
        rng=2,
    )
    assert randomisation(many) == pytest.approx(drawn.pvalue, abs=0.015)
    assert randomisation(many) == pytest.approx(stats.ttest_1samp(many, 0).pvalue, abs=0.015)


@pytest.mark.parametrize("test", TESTS)
def test_the_direction_does_not_matter_and_no_difference_is_no_evidence(test):
    """T10: two-sided."""
    values = np.random.default_rng(0).normal(0.3, 1, 60)
    assert test(values) == test(-values) < 0.1
    assert test(np.zeros(60)) == 1


def test_a_difference_that_never_varies_is_certain():
    assert paired_t(np.full(60, 0.1)) == 0
    assert randomisation(np.full(60, 0.1)) == 1 / 10_001
    assert wilcoxon(np.full(60, 0.1)) < 1e-9


def rejections(test, tables: int, users: int) -> float:
    """Share of tables of equal configurations that a test at 5 % takes for different: values like those of HR@10."""
    generator = np.random.default_rng(0)
    first, second = ((generator.random((tables, users)) < 0.25).astype(float) for _ in range(2))
    noise = generator.normal(0, 0.3, (tables, users))  # else ties make the tests discrete
    return float(np.mean([test(row) < 0.05 for row in first - second + noise]))


@pytest.mark.parametrize("test", TESTS)
def test_equal_configurations_are_seldom_found_different(test):
    assert 0.02 <= rejections(test, tables=300, users=60) <= 0.09


@pytest.mark.slow
@pytest.mark.parametrize("test", TESTS)
def test_in_2000_tables_equal_configurations_are_found_different_in_4_to_6_percent(test):
    assert 0.04 <= rejections(test, tables=2000, users=200) <= 0.06


def test_holm_is_computed_by_hand():
    """.01 * 4, .02 * 3, .03 * 2 (but never less than before), .9."""
    assert holm([0.03, 0.9, 0.01, 0.02]) == pytest.approx([0.06, 0.9, 0.04, 0.06])
    assert holm([0.6, 0.7]).tolist() == [1, 1]
    assert len(holm([])) == 0


def test_benjamini_hochberg_is_computed_by_hand():
    """.01 * 4 / 1, .02 * 4 / 2, .03 * 4 / 3, .9 * 4 / 4, never more than a later one."""
    assert benjamini_hochberg([0.03, 0.9, 0.01, 0.02]) == pytest.approx([0.04, 0.9, 0.04, 0.04])
    assert len(benjamini_hochberg([])) == 0


@pytest.mark.slow
def test_holm_keeps_the_chance_of_any_wrong_rejection():
    """Ten tests a table, no true difference: uncorrected, 40 % of the tables would report one."""
    p = np.random.default_rng(0).random((2000, 10))
    assert 0.04 <= np.mean([holm(row).min() < 0.05 for row in p]) <= 0.06
