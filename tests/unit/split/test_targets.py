"""Which interactions of a period are targets and what their histories hold, on three users of 3, 0 and 2 rows."""

import numpy as np
import pytest

from recexp.errors import ConfigError
from recexp.split.targets import TargetChoice

START, END = np.array([2, 6, 8]), np.array([5, 6, 10])


def choose(target, later_history=None, seed=0):
    targets = TargetChoice(target, later_history, seed)(START, END)
    return targets.row.tolist(), targets.history_end.tolist()


@pytest.mark.parametrize(
    ("target", "later_history", "row", "history_end"),
    [
        ("last", None, [4, 9], [4, 9]),
        ("last", True, [4, 9], [4, 9]),
        ("last", False, [4, 9], [2, 8]),
        ("all", None, [2, 3, 4, 8, 9], [2, 2, 2, 8, 8]),
        ("successive", None, [2, 3, 4, 8, 9], [2, 3, 4, 8, 9]),
    ],
)
def test_targets_and_their_histories(target, later_history, row, history_end):
    assert choose(target, later_history) == (row, history_end)


def test_a_random_target_is_one_a_user_uniform_and_fixed_by_its_seed():
    drawn = np.array([choose("random", seed=seed)[0] for seed in range(600)])
    assert set(drawn[:, 0]) == {2, 3, 4}
    assert set(drawn[:, 1]) == {8, 9}
    assert np.bincount(drawn[:, 0])[2:] == pytest.approx([200, 200, 200], abs=50)
    assert choose("random", seed=5) == choose("random", seed=5)
    assert choose("random", False, seed=5)[1] == [2, 8]
    assert choose("random", True, seed=5)[1] == choose("random", seed=5)[0]


@pytest.mark.parametrize(
    ("target", "later_history", "other"), [("all", True, "successive"), ("successive", False, "all")]
)
def test_what_contradicts_a_rule_is_refused(target, later_history, other):
    message = f"split.later_history: got {str(later_history).lower()} with split.target={target}.*split.target={other}"
    with pytest.raises(ConfigError, match=message):
        TargetChoice(target, later_history, 0)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("last", "target each user's last interaction, history all before it"),
        ("random", "target one random interaction a user (seed 7), history all before it"),
        ("all", "target all interactions at once, history what came before the period, means over targets"),
    ],
)
def test_words(target, words):
    assert TargetChoice(target, None, 7).describe() == words
