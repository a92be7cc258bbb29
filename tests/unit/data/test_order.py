import numpy as np
import pytest

from recexp.data import order
from recexp.data.order import by_user_then_time


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 7, 1 << 16])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_it_is_the_order_of_a_stable_sort(monkeypatch, rows_at_a_time, grouped, kind):
    """T12, however the rows are cut into pieces."""
    monkeypatch.setattr(order, "ROWS_AT_A_TIME", rows_at_a_time)
    generator = np.random.default_rng(rows_at_a_time)
    user = np.concatenate([np.arange(30), generator.integers(0, 30, 300)]).astype(np.int32)
    user = np.sort(user) if grouped else generator.permutation(user)
    item, time = np.arange(330, dtype=np.int32), generator.integers(0, 9, 330).astype(kind)
    got_user, got_item, got_time, offsets = by_user_then_time(user, item, time)
    expected = sorted(range(330), key=lambda row: (user[row], time[row]))  # Python's sort is stable
    np.testing.assert_array_equal(got_item, item[expected])
    np.testing.assert_array_equal(got_user, user[expected])
    np.testing.assert_array_equal(got_time, time[expected])
    np.testing.assert_array_equal(np.diff(offsets), np.bincount(user))
    assert (got_user.dtype, got_item.dtype, got_time.dtype) == (np.int32, np.int32, kind)


def test_one_user_and_one_row():
    user, item, time, offsets = by_user_then_time(np.zeros(1, np.int32), np.ones(1, np.int32), np.ones(1, np.int64))
    assert (user.tolist(), item.tolist(), time.tolist(), offsets.tolist()) == ([0], [1], [1], [0, 1])
