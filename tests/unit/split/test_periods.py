"""Splits by global time and by ratio, by hand and against a loop over users."""

from datetime import datetime, timezone

import numpy as np
import pytest

from recexp.errors import ConfigError, DataError
from recexp.split.global_time import GlobalTime
from recexp.split.ratio import Ratio
from tests.unit.split.tables import random_timed, timed

REST = {"target": "last", "later_history": None, "drop_new_items": True, "drop_new_users": True, "seed": 0}


def by_time(**options):
    return GlobalTime(**{**REST, "val_from": 20, "test_from": 40, **options})


def by_ratio(**options):
    return Ratio(**{**REST, "val": 0.25, "test": 0.25, **options})


def naive(interactions, split, bounds):
    """(user, target row, history rows) of validation and test, user by user."""
    trained = {
        interactions.item_idx[row]
        for user in range(interactions.num_users)
        for row in range(interactions.offsets[user], bounds(user)[0])
    }
    found = []
    for period in (0, 1):
        triples = []
        for user in range(interactions.num_users):
            begin = int(interactions.offsets[user])
            limits = [*bounds(user), int(interactions.offsets[user + 1])]
            rows = range(limits[period], limits[period + 1])
            if split.target == "last":
                rows = rows[-1:]
            for row in rows:
                seen = split.target != "all" and split.later_history is not False
                history = range(begin, row if seen else limits[period])
                new_user, new_item = limits[0] == begin, interactions.item_idx[row] not in trained
                if history and not (split.drop_new_users and new_user) and not (split.drop_new_items and new_item):
                    triples.append((user, row, list(history)))
        found.append(triples)
    return found


def as_triples(interactions, targets):
    user = interactions.user_idx[targets.row]
    return [
        (u, row, list(range(interactions.offsets[u], end)))
        for u, row, end in zip(user.tolist(), targets.row.tolist(), targets.history_end.tolist(), strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("target", ["last", "all", "successive"])
@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("make", [by_time, by_ratio])
def test_against_a_loop_over_users(make, target, drop, seed):
    interactions = random_timed(seed, users=80)
    frozen = False if target == "last" and seed == 2 else None
    split = make(target=target, later_history=frozen, drop_new_items=drop, drop_new_users=drop)

    def time_bounds(user):
        rows = range(interactions.offsets[user], interactions.offsets[user + 1])
        return [int(rows[0] + sum(interactions.time[row] < moment for row in rows)) for moment in (20, 40)]

    def ratio_bounds(user):
        begin, end = map(int, interactions.offsets[user : user + 2])
        part = max(1, (end - begin) // 4)
        return [end - 2 * part, end - part] if end - begin > 2 * part else [end, end]

    bounds = time_bounds if make is by_time else ratio_bounds
    rows = split(interactions)
    assert rows.train_end.tolist() == [bounds(user)[0] for user in range(interactions.num_users)]
    val, test = naive(interactions, split, bounds)
    assert as_triples(interactions, rows.val) == val
    assert as_triples(interactions, rows.test) == test


def test_a_moment_is_a_share_a_time_or_a_date():
    day = [int(datetime(2020, 1, d, tzinfo=timezone.utc).timestamp()) for d in range(1, 11)]
    interactions = timed(list(zip(range(1, 11), day, strict=True)))
    options = {"drop_new_items": False}
    expected = by_time(val_from=day[6], test_from=day[8], **options)(interactions)
    assert expected.train_end.tolist() == [6]
    assert (expected.val.row.tolist(), expected.test.row.tolist()) == ([7], [9])
    for val_from, test_from in [
        (0.6, 0.8),
        ("2020-01-07", "2020-01-09"),
        ("2020-01-06T12:00", 0.8),
        (0.6, float(day[8])),
    ]:
        found = by_time(val_from=val_from, test_from=test_from, **options)(interactions)
        assert found.train_end.tolist() == [6]
        assert (found.val.row.tolist(), found.test.row.tolist()) == ([7], [9])


def test_equal_times_are_never_cut():
    interactions = timed([(1, 0), (2, 5), (3, 5), (4, 5), (5, 9)], [(1, 5), (2, 9)], num_items=6)
    rows = by_time(val_from=0.4, test_from=0.8, drop_new_items=False, drop_new_users=False, target="all")(interactions)
    assert rows.train_end.tolist() == [1, 5]
    assert rows.val.row.tolist() == [1, 2, 3]
    assert rows.test.row.tolist() == [4, 6]


def test_what_is_left_out_is_counted():
    interactions = timed([(1, 0), (2, 20), (9, 30), (1, 40)], [(1, 25), (1, 45)], [(2, 0), (1, 21)], num_items=9)
    rows = by_time(target="successive")(interactions)
    left_out = {reason: targets.row.tolist() for reason, targets in rows.left_out.items()}
    assert left_out == {
        "validation targets without history": [4],
        "validation targets of new users": [],
        "validation targets of new items": [2],
        "test targets without history": [],
        "test targets of new users": [5],
        "test targets of new items": [],
    }
    assert rows.val.row.tolist() == [1, 7]
    assert rows.test.row.tolist() == [3]


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (lambda: by_time(val_from="soon"), "split.val_from: got 'soon', expected a date"),
        (lambda: by_time(test_from=0), "split.test_from: got 0"),
        (lambda: by_time(seed=-1), "split.seed: got -1"),
        (lambda: by_ratio(val=0), "split.val: got 0"),
        (lambda: by_ratio(val=0.5, test=0.5), "expected less than 1"),
    ],
)
def test_a_bad_option_names_its_key(split, message):
    with pytest.raises(ConfigError, match=message):
        split()


@pytest.mark.parametrize(("val_from", "test_from"), [(40, 20), (20, 80), (-1.0 + 1.5, "2020-01-01")])
def test_bounds_outside_the_data_are_refused(val_from, test_from):
    with pytest.raises(DataError, match=r"split.val_from=.*within the times of the dataset"):
        by_time(val_from=val_from, test_from=test_from)(random_timed(0))


def test_no_target_left_is_an_error():
    interactions = timed([(1, 0), (2, 20), (3, 40)], num_items=3)
    with pytest.raises(DataError, match="none of 1 validation targets is left"):
        by_time()(interactions)


def test_every_user_who_can_be_is_tested_by_ratio():
    interactions = random_timed(0)
    rows = by_ratio(drop_new_items=False)(interactions)
    tested = np.diff(interactions.offsets) >= 3
    assert np.array_equal(interactions.user_idx[rows.test.row], np.flatnonzero(tested))
    assert len(rows.val) == len(rows.test)
