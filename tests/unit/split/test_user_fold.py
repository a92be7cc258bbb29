"""Folds of users: each is tested once, and nothing of a tested user is learned from."""

import numpy as np
import pytest

from recexp.errors import ConfigError, DataError
from recexp.split.base import training_items
from recexp.split.user_fold import UserFold
from tests.unit.split.tables import random_timed, timed


def fold(number, *, num_folds=5, seed=0):
    return UserFold(fold=number, num_folds=num_folds, seed=seed)


def test_every_user_with_two_interactions_is_tested_once():
    interactions = random_timed(0)
    tested = [interactions.user_idx[fold(number)(interactions).test.row] for number in range(5)]
    assert np.sort(np.concatenate(tested)).tolist() == np.flatnonzero(np.diff(interactions.offsets) >= 2).tolist()
    assert {len(users) for users in tested} <= {3, 4, 5}


def test_validation_is_the_next_fold():
    interactions = random_timed(1)
    for number in range(5):
        following = fold((number + 1) % 5)(interactions)
        assert fold(number)(interactions).val.row.tolist() == following.test.row.tolist()


def test_held_out_users_are_not_trained_on():
    interactions = random_timed(2)
    rows = fold(0)(interactions)
    held_out = interactions.user_idx[np.concatenate([rows.val.row, rows.test.row])]
    others = ~np.isin(interactions.user_idx, held_out)
    assert np.array_equal(training_items(interactions, rows), interactions.item_idx[others])
    assert (rows.train_end[held_out] == interactions.offsets[held_out]).all()
    last = interactions.offsets[1:][interactions.user_idx[rows.test.row]] - 1
    assert rows.test.row.tolist() == rows.test.history_end.tolist() == last.tolist()


def test_the_seed_draws_the_folds():
    interactions = random_timed(0)
    assert fold(0)(interactions).test.row.tolist() == fold(0)(interactions).test.row.tolist()
    assert fold(0)(interactions).test.row.tolist() != fold(0, seed=1)(interactions).test.row.tolist()


@pytest.mark.parametrize(
    ("number", "num_folds", "message"),
    [(5, 5, "split.fold: got 5, expected 0 ... 4"), (0, 2, "split.num_folds: got 2"), (-1, 5, "split.fold: got -1")],
)
def test_a_bad_option_names_its_key(number, num_folds, message):
    with pytest.raises(ConfigError, match=message):
        fold(number, num_folds=num_folds)


def test_too_few_users():
    with pytest.raises(DataError, match=r"has 2 users. Use fewer folds"):
        fold(2)(timed([(1, 0), (2, 1)], [(1, 0), (2, 1)]))
