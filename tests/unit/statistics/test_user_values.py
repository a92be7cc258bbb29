"""A metric of every user under every seed."""

import numpy as np
import pandas as pd
import pytest

from recexp.errors import ConfigError, RunError
from recexp.statistics.user_values import UserValues, difference, metric_of, user_values


def ranks(user, target, higher):
    return pd.DataFrame({"user": user, "target": target, "higher": higher, "equal": 0})


def test_seeds_are_pooled_user_by_user_whatever_the_order_of_the_rows():
    """T10: two seeds of three users are three observations."""
    seeds = [ranks([7, 3, 5], [1, 2, 1], [0, 12, 1]), ranks([3, 5, 7], [2, 1, 1], [0, 30, 2])]
    of = user_values(seeds, *metric_of("hr@10"))
    assert of.user_U.tolist() == [3, 5, 7]
    assert of.value_SU.tolist() == [[0, 1, 1], [1, 0, 1]]
    assert of.pooled_U.tolist() == [1 / 2, 1 / 2, 1]
    assert of.mean == 4 / 6
    assert of.sd == 0
    assert np.isnan(user_values(seeds[:1], *metric_of("hr@10")).sd)


def test_a_user_of_several_targets_counts_so_many_times():
    """As in metrics.json, whose means are over targets."""
    of = user_values([ranks([1, 1, 1, 2], [4, 5, 6, 4], [0, 1, 0, 1])], *metric_of("mrr"))
    assert of.targets_U.tolist() == [3, 1]
    assert of.value_SU[0] == pytest.approx([(1 + 1 / 2 + 1) / 3, 1 / 2])
    assert of.mean == pytest.approx((1 + 1 / 2 + 1 + 1 / 2) / 4)
    other = user_values([ranks([1, 1, 1, 2], [4, 5, 6, 4], [3, 1, 0, 0])], *metric_of("mrr"))
    assert difference(of, other).mean() == pytest.approx(of.mean - other.mean)


def test_what_does_not_belong_together_is_refused():
    one = ranks([1, 2], [4, 4], [0, 0])
    with pytest.raises(RunError, match="different targets"):
        user_values([one, ranks([1, 2], [4, 5], [0, 0])], *metric_of("mrr"))
    first, second = (user_values([it], *metric_of("mrr")) for it in (one, ranks([1, 3], [4, 4], [0, 0])))
    with pytest.raises(RunError, match="different users"):
        difference(first, second)


@pytest.mark.parametrize(
    ("key", "message"),
    [("ndgc@10", "Did you mean 'ndcg'"), ("hr", r"expected hr@10, with a cut-off"), ("mrr@5", "expected mrr alone")],
)
def test_a_metric_that_is_none_is_refused(key, message):
    with pytest.raises(ConfigError, match=message):
        metric_of(key)


def test_a_difference_of_two_configurations_is_antisymmetric():
    generator = np.random.default_rng(0)
    first, second = (UserValues(np.arange(9), generator.integers(1, 4, 9), generator.random((2, 9))) for _ in range(2))
    second = UserValues(first.user_U, first.targets_U, second.value_SU)
    assert difference(first, second).tolist() == (-difference(second, first)).tolist()
