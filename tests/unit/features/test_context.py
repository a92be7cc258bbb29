"""The moment of an interaction, in codes."""

from datetime import datetime, timezone

import numpy as np
import pytest

from recexp.batching.batches import RankingTargets, TrainingWindows
from recexp.batching.histories import HistoryBuilder
from recexp.errors import ConfigError, DataError
from recexp.features.context import CONTEXT_FEATURES, ContextCodes, check_times, num_context_codes
from recexp.split.leave_one_out import LeaveOneOut
from recexp.windows.all import AllWindows
from tests.unit.dataset.tables import prepare_table

NAMES = ("gap", "hour", "weekday")
DATES = [datetime(2024, 2, 28, 23, 59, tzinfo=timezone.utc), datetime(2024, 3, 1, 0, 0, tzinfo=timezone.utc)]


def prepared(folder, times, user="u", **settings):
    rows = [f"{user},i{place},{time}" for place, time in enumerate(times)]
    return prepare_table(folder, "\n".join(["user,item,time", *rows]), **settings)


@pytest.mark.parametrize("moment", DATES)
def test_hour_and_weekday_are_those_of_the_calendar(moment):
    time = np.array([int(moment.timestamp())])
    assert CONTEXT_FEATURES["hour"]().codes(time, time).tolist() == [moment.hour]
    assert CONTEXT_FEATURES["weekday"]().codes(time, time).tolist() == [moment.weekday()]


def test_gaps_that_double_are_a_code_further():
    gap = np.array([0, 1, 2, 3, 4, 7, 8, 2**31, 2**32, 2**60, -1])
    codes = CONTEXT_FEATURES["gap"]().codes(gap, gap).tolist()
    assert codes == [0, 1, 2, 2, 3, 3, 4, 32, 32, 32, 33]
    assert max(codes) < CONTEXT_FEATURES["gap"].num_codes


@pytest.mark.parametrize("name", CONTEXT_FEATURES)
def test_codes_stay_within_their_number(name):
    generator = np.random.default_rng(0)
    time = generator.integers(0, 2**32, 10_000)
    gap = np.concatenate([[-1], 2 ** generator.integers(0, 33, 9_998) - 1, [2**62]])
    codes = CONTEXT_FEATURES[name]().codes(time, gap)
    assert codes.min() == 0
    assert codes.max() == CONTEXT_FEATURES[name].num_codes - 1


def test_every_feature_has_codes_of_its_own_and_none_is_that_of_padding(tmp_path):
    interactions = prepared(tmp_path, [0, 5, 100_000]).interactions
    codes = ContextCodes(interactions, NAMES)(np.arange(3))
    gaps, hours, weekdays = codes.T.tolist()
    assert gaps == [1 + 33, 1 + 3, 1 + 17]  # none, 5 seconds, about a day
    assert hours == [35 + 0, 35 + 0, 35 + 3]
    assert weekdays == [59 + 3, 59 + 3, 59 + 4]  # 1 January 1970 was a Thursday
    assert num_context_codes(NAMES) == 1 + 34 + 24 + 7


def test_the_gap_of_a_user_begins_anew(tmp_path):
    interactions = prepare_table(tmp_path, "user,item,time\na,x,10\na,y,11\nb,x,12\nb,y,16").interactions
    assert ContextCodes(interactions, ["gap"])(np.arange(4))[:, 0].tolist() == [34, 2, 34, 4]


def data(folder, last_time):
    """A window of three items and the test target after four, whose own time is `last_time`."""
    of = prepared(folder, [0, 5, 100_000, 100_060, last_time])
    interactions, rows = of.interactions, LeaveOneOut()(of.interactions)
    context = ContextCodes(interactions, NAMES)
    windows = AllWindows(stride=None)(interactions.offsets[:-1], interactions.offsets[1:], 3)
    build = HistoryBuilder(interactions, has_times=True, contexts=context)
    targets = RankingTargets(interactions, rows.test, build, max_history_len=6, candidate=None, filter_seen=True)
    return TrainingWindows(interactions, windows, build), targets


def test_batches_hold_the_context_of_the_history_and_zero_where_padded(tmp_path):
    windows, targets = data(tmp_path, 200_000)
    batch, _ = windows[np.arange(len(windows))].next_items()
    assert batch.context_BLF.shape == (*batch.item_BL.shape, 3)
    assert ((batch.context_BLF > 0) == (batch.item_BL > 0)[:, :, None]).all()
    gaps = dict(zip(batch.item_BL.flatten().tolist(), batch.context_BLF[:, :, 0].flatten().tolist(), strict=True))
    assert gaps == {0: 0, 1: 34, 2: 4, 3: 18, 4: 7}  # the gap of a window's first item is to the item before the window
    ranked = targets[np.array([0])]
    assert ranked.histories.context_BLF[0, :, 0].tolist() == [34, 4, 18, 7]


def test_the_time_of_a_target_is_never_seen(tmp_path):
    """T29."""
    seen = []
    for folder, last_time in ((tmp_path / "a", 100_061), (tmp_path / "b", 3_000_000)):
        folder.mkdir()
        windows, targets = data(folder, last_time)
        histories = (windows[np.arange(len(windows))].next_items()[0], targets[np.array([0])].histories)
        seen.append([(of.context_BLF.tolist(), of.time_BL.tolist()) for of in histories])
    assert seen[0] == seen[1]


def test_without_context_features_batches_hold_none(tmp_path):
    of = prepared(tmp_path, [0, 5, 9])
    windows = AllWindows(stride=None)(of.interactions.offsets[:-1], of.interactions.offsets[1:], 3)
    build = HistoryBuilder(of.interactions, has_times=True, contexts=None)
    assert TrainingWindows(of.interactions, windows, build)[np.array([0])].windows.context_BLF is None


def test_a_dataset_without_times_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"features: got gap, hour.*'table' is read without times"):
        check_times(["gap", "hour"], prepared(tmp_path, [1, 2, 3], time=None))


@pytest.mark.parametrize("times", [[1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000], [-5, 1, 2]])
def test_other_times_than_seconds_are_refused(tmp_path, times):
    with pytest.raises(DataError, match="need times in seconds since 1970"):
        check_times(["hour"], prepared(tmp_path, times))
