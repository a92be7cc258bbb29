"""The leakage audit: against loops on random data, on planted leaks, and on the figures known of ML-100K."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hydra.utils import instantiate

from recexp.config.compose import compose
from recexp.data.interactions import BY_FILE, BY_TIME, Prepared
from recexp.data.prepare import prepare
from recexp.errors import DataError
from recexp.split.audit import audit, check_times
from recexp.split.base import Split, SplitRows, Targets
from recexp.split.global_time import GlobalTime
from recexp.split.leave_one_out import LeaveOneOut
from recexp.split.ratio import Ratio
from recexp.split.user_fold import UserFold
from tests.unit.split.tables import random_timed, timed

PERIODS = {"target": "last", "later_history": None, "drop_new_items": False, "drop_new_users": False, "seed": 0}
BY_MOMENT = GlobalTime(**PERIODS, val_from=20, test_from=40)
SPLITS = [
    LeaveOneOut(),
    UserFold(fold=1, num_folds=4, seed=0),
    *(
        type_(**{**PERIODS, **bounds, "target": target, "drop_new_items": drop})
        for type_, bounds in ((GlobalTime, {"val_from": 20, "test_from": 40}), (Ratio, {"val": 0.3, "test": 0.3}))
        for target in ("last", "all", "successive")
        for drop in (True, False)
    ),
]


def prepared(interactions, order=BY_TIME):
    return Prepared(interactions, SimpleNamespace(name="table", order=order))


def naive(interactions, split, rows, targets):
    """Each share by a loop over the targets."""
    user, item, time, offsets = (getattr(interactions, name) for name in ("user_idx", "item_idx", "time", "offsets"))
    training = [row for row in range(len(user)) if row < rows.train_end[user[row]]]
    found = {"before_training": [], "future_training": [], "seen": [], "untrained_items": [], "untrained_users": []}
    for row, end in zip(targets.row, targets.history_end, strict=True):
        later = [other for other in training if time[other] > time[row]]
        found["before_training"].append(bool(later))
        found["future_training"].append(len(later) / len(training))
        found["seen"].append(item[row] in item[offsets[user[row]] : end])
        found["untrained_items"].append(not any(item[other] == item[row] for other in training))
        found["untrained_users"].append(not any(user[other] == user[row] for other in training))
    return {name: pytest.approx(np.mean(values)) for name, values in found.items()}


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.describe()[:40])
@pytest.mark.parametrize("seed", range(2))
def test_shares_against_loops(split, seed):
    interactions = random_timed(seed, users=40, items=15)
    rows = split(interactions)
    found = audit(prepared(interactions), split, rows)
    for part, targets in ((found.periods["validation"], rows.val), (found.periods["test"], rows.test)):
        expected = naive(interactions, split, rows, targets)
        assert {name: getattr(part, name) for name in expected} == expected
        assert part.targets == len(targets)
        assert part.users == len(set(interactions.user_idx[targets.row].tolist()))


def shuffled_ties(interactions, generator):
    """The same interactions, those of equal time of a user in another order."""
    order = np.lexsort((generator.random(len(interactions.time)), interactions.time, interactions.user_idx))
    return timed(
        *(
            list(zip(interactions.item_idx[rows], interactions.time[rows], strict=True))
            for rows in (order[a:b] for a, b in zip(interactions.offsets[:-1], interactions.offsets[1:], strict=True))
        ),
        num_items=interactions.num_items,
    )


def outcomes(interactions, targets):
    """(user, item, what the history holds) of each target."""
    user = interactions.user_idx[targets.row]
    starts = interactions.offsets[user]
    return {
        (int(u), int(i), tuple(sorted(interactions.item_idx[start:end].tolist())))
        for u, i, start, end in zip(user, interactions.item_idx[targets.row], starts, targets.history_end, strict=True)
    }


@pytest.mark.parametrize("split", [*SPLITS[:2], *SPLITS[3::2]], ids=lambda split: split.describe()[:40])
def test_tied_targets_are_those_that_another_order_of_equal_times_changes(split):
    """Items are all different, so that each order that differs can be told."""
    generator = np.random.default_rng(3)
    interactions = random_timed(5, users=30, until=40)
    items = generator.permutation(len(interactions.item_idx)) + 1
    interactions = timed(
        *(
            list(zip(items[a:b], interactions.time[a:b], strict=True))
            for a, b in zip(interactions.offsets[:-1], interactions.offsets[1:], strict=True)
        )
    )
    targets = split(interactions).test
    kept = outcomes(interactions, targets)
    number = len(kept)
    for _ in range(40):
        other = shuffled_ties(interactions, generator)
        kept &= outcomes(other, split(other).test)
    found = audit(prepared(interactions), split, split(interactions)).periods["test"].tied
    assert found == pytest.approx(1 - len(kept) / number)


def test_ml_100k(shared_data, tmp_path):
    """Published and computed figures: 75.8 % of the interactions tied, 44 % of the targets decided by ties."""
    cfg = compose("dataset=ml-100k", f"paths.data={shared_data}")
    data = prepare(instantiate(cfg.dataset), cache=tmp_path)
    assert data.card.tied_share == pytest.approx(0.75772, abs=1e-5)
    found = audit(data, LeaveOneOut(), LeaveOneOut()(data.interactions))
    test = found.periods["test"]
    assert test.tied == pytest.approx(0.44, abs=0.001)
    assert test.before_training > 0.99
    assert test.future_training == pytest.approx(0.413, abs=0.001)
    assert test.seen == 0
    assert (found.training_interactions, found.untrained_items, found.untrained_users) == (98_114, 4, 0)
    assert "44.0% are decided by the order of the file among equal times" in str(found)


def test_a_global_time_split_does_not_leak_across_time(small):
    split = GlobalTime(**PERIODS, val_from=0.8, test_from=0.9)
    found = audit(small, split, split(small.interactions))
    assert [part.before_training for part in found.periods.values()] == [0, 0]
    leaky = audit(small, LeaveOneOut(), LeaveOneOut()(small.interactions))
    assert leaky.periods["test"].before_training > 0.9


def test_strict_makes_errors_of_findings():
    clean = timed([(1, 0), (2, 1), (3, 21), (1, 45)], [(3, 2), (2, 3), (1, 25), (2, 50)])
    strict = GlobalTime(**PERIODS, val_from=20, test_from=40, check="strict")
    with pytest.raises(DataError, match=r"split.check=strict refuses the split:\n  test: 100.0% are items that their"):
        audit(prepared(clean), strict, strict(clean))
    new = timed([(1, 0), (2, 1), (3, 21), (4, 45)], [(3, 2), (4, 3), (1, 25), (2, 50)])
    assert audit(prepared(new), strict, strict(new)).findings() == []
    assert audit(prepared(clean), BY_MOMENT, BY_MOMENT(clean)).findings() == [
        "test: 100.0% are items that their history holds"
    ]


def test_a_split_of_one_s_own_that_trains_on_its_targets_is_refused():
    class Leaky(Split):
        def __call__(self, interactions):
            last = interactions.offsets[1:] - 1
            return SplitRows(interactions.offsets[1:], Targets(last, last), Targets(last, last))

        def describe(self):
            return "leaky"

    interactions = random_timed(0)
    with pytest.raises(DataError, match="25 of 25 validation targets are trained on"):
        audit(prepared(interactions), Leaky(), Leaky()(interactions))


def test_a_split_by_time_needs_times():
    interactions = random_timed(0)
    with pytest.raises(DataError, match="needs times, but dataset 'table' has none"):
        check_times(prepared(interactions, BY_FILE), BY_MOMENT)
    check_times(prepared(interactions), BY_MOMENT)
    check_times(prepared(interactions, BY_FILE), LeaveOneOut())


def test_without_times_nothing_is_said_of_time():
    interactions = random_timed(0)
    found = audit(prepared(interactions, BY_FILE), LeaveOneOut(), LeaveOneOut()(interactions))
    assert found.periods["test"].tied is None
    assert found.periods["test"].before_training is None
    assert "older" not in str(found)


def test_it_becomes_json():
    interactions = random_timed(0)
    found = audit(prepared(interactions), BY_MOMENT, BY_MOMENT(interactions))
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
