"""A metric on parts of the targets."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recexp.data.interactions import Interactions
from recexp.data.side_information import SideInformation
from recexp.errors import ConfigError, RunError
from recexp.runs.kept_data import KeptData
from recexp.statistics.slices import by_history_length, by_item_popularity, by_repetition, by_user_group, sliced
from recexp.statistics.user_values import metric_of

HISTORIES = [[1, 2, 1], [2, 3], [2, 4, 4]]  # the last item of each user is the test target


@pytest.fixture
def kept():
    offsets = np.array([0, 3, 5, 8])
    of = Interactions(
        user_idx=np.repeat(np.arange(3, dtype=np.int32), np.diff(offsets)),
        item_idx=np.concatenate(HISTORIES).astype(np.int32),
        time=np.arange(8),
        offsets=offsets,
        user_ids=np.array([10, 20, 30]),
        item_ids=np.array([0, 101, 102, 103, 104]),
    )
    nothing = SideInformation({}, {})
    return KeptData(of, offsets[1:] - 1, False, nothing, nothing, None)


@pytest.fixture
def ranks():
    last = [items[-1] for items in HISTORIES]
    return pd.DataFrame(
        {"user": [10, 20, 30], "target": [100 + it for it in last], "user_idx": [0, 1, 2], "target_idx": last,
         "higher": [0, 50, 0], "equal": 0, "history_len": [2, 1, 2]}
    )  # fmt: skip


def test_popularity_counts_training_interactions_only(ranks, kept):
    """T28: item 3 is learned from by nobody."""
    assert by_item_popularity(ranks, kept).tolist() == ["1-4", "unseen", "1-4"]


def test_a_target_is_repeated_where_it_stands_earlier_in_the_history(ranks, kept):
    assert by_repetition(ranks, kept).tolist() == ["repeated", "new", "repeated"]
    assert by_repetition(ranks.assign(history_len=[0, 1, 1]), kept).tolist() == ["new", "new", "new"]
    with pytest.raises(RunError, match="not in the kept histories"):
        by_repetition(ranks.assign(target_idx=[4, 4, 4]), kept)


def test_lengths_fall_into_ranges():
    lengths = pd.DataFrame({"history_len": [0, 4, 5, 9, 10, 199, 200, 5000]})
    assert by_history_length(lengths).tolist() == ["0-4", "0-4", "5-9", "5-9", "10-19", "100-199", "200+", "200+"]


def test_groups_of_users_are_words_or_quarters(ranks):
    users = pd.DataFrame({"user": [30, 10], "gender": ["F", "M"], "age": [1, 1]})
    assert by_user_group(ranks, users, "gender").tolist() == ["M", "unknown", "F"]
    many = pd.DataFrame({"user": np.arange(100), "age": np.arange(100)})
    labels = by_user_group(pd.DataFrame({"user": [0, 30, 60, 99]}), many, "age")
    assert labels.tolist() == ["0-24", "25-49", "50-73", "74+"]
    with pytest.raises(ConfigError, match="Did you mean 'gender'"):
        by_user_group(ranks, users, "gendre")


def test_a_slice_has_its_users_its_mean_and_the_gap_it_can_show(ranks):
    table = sliced([ranks, ranks.sample(frac=1, random_state=0)], np.array(["a", "b", "a"]), *metric_of("hr@10"))
    assert table["group"].tolist() == ["a", "b"]
    assert table["users"].tolist() == [2, 1]
    assert table["mean"].tolist() == [1, 0]
    assert table["gap"].tolist() == [1, -1]


def test_the_half_width_is_that_of_welch():
    generator = np.random.default_rng(0)
    higher = np.where(generator.random(200) < 0.3, 0, 99)
    frame = pd.DataFrame({"user": np.arange(200), "target": 1, "higher": higher, "equal": 0})
    label = np.where(np.arange(200) < 50, "F", "M")
    row = sliced([frame], label, *metric_of("hr@10")).iloc[0]
    hits = (higher == 0).astype(float)
    variance = hits[:50].var(ddof=1) / 50 + hits[50:].var(ddof=1) / 150
    assert row["half_width"] == pytest.approx(stats.norm.ppf(0.975) * np.sqrt(variance), rel=0.03)
    assert row["gap"] == pytest.approx(hits[:50].mean() - hits[50:].mean())
