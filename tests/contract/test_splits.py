"""What every split in conf/ promises: nothing of a target is learned from, and none stands in its own history."""

import numpy as np
import pytest
from hydra.utils import instantiate

from recexp.config.compose import choices
from recexp.split.base import is_training
from tests.composed import composed


@pytest.fixture(params=choices("split"))
def split(request):
    return instantiate(composed(f"split={request.param}").split)


@pytest.fixture
def rows(split, small):
    return split(small.interactions)


def periods(rows):
    return [rows.val, rows.test]


def test_targets_are_rows_in_order(rows, small):
    for targets in periods(rows):
        assert len(targets) > 0
        assert targets.row.dtype == targets.history_end.dtype == np.int64
        assert (np.diff(targets.row) > 0).all()  # none twice
        assert 0 <= targets.row[0] <= targets.row[-1] < len(small.interactions.item_idx)


def test_a_history_is_of_its_user_and_ends_before_its_target(rows, small):
    of = small.interactions
    for targets in periods(rows):
        start = of.offsets[of.user_idx[targets.row]]
        assert (start < targets.history_end).all()  # something to rank by
        assert (targets.history_end <= targets.row).all()


def test_no_target_is_learned_from(rows, small):
    for targets in periods(rows):
        assert not is_training(small.interactions, rows)[targets.row].any()


def test_validation_comes_before_the_test(rows, small):
    """No interaction is both, and of a user who has both, the test is newer."""
    user_idx = small.interactions.user_idx
    newest_val = np.full(small.interactions.num_users, -1)
    np.maximum.at(newest_val, user_idx[rows.val.row], rows.val.row)
    assert (newest_val[user_idx[rows.test.row]] < rows.test.row).all()


def test_training_is_the_beginning_of_each_history(rows, small):
    of = small.interactions
    assert (of.offsets[:-1] <= rows.train_end).all()
    assert (rows.train_end <= of.offsets[1:]).all()
    assert (rows.train_end > of.offsets[:-1]).any()


def test_it_says_what_it_does_and_does_it_again(split, rows, small):
    again = split(small.interactions)
    for first, second in zip(periods(rows), periods(again), strict=True):
        assert np.array_equal(first.row, second.row)
        assert np.array_equal(first.history_end, second.history_end)
    assert split.describe()
    assert split.check not in split.describe()
