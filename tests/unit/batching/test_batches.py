"""Windows, padded batches, splits and sampled candidates, on tables made by hand and at random."""

import numpy as np
import pytest
import torch

from recexp.batching.batches import RankingTargets, TrainingWindows
from recexp.batching.histories import HistoryBuilder, newest
from recexp.data.interactions import Interactions
from recexp.errors import ConfigError, DataError
from recexp.protocol.sampled import PopularProtocol, UniformProtocol
from recexp.split.leave_one_out import LeaveOneOut
from recexp.windows.all import AllWindows
from recexp.windows.last import LastWindow


def table(*histories, num_items=None):
    lengths = [len(history) for history in histories]
    items = np.concatenate([np.asarray(history, dtype=np.int32) for history in histories])
    return Interactions(
        user_idx=np.repeat(np.arange(len(histories)), lengths).astype(np.int32),
        item_idx=items,
        time=np.arange(len(items)),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        user_ids=np.arange(len(histories)),
        item_ids=np.arange((num_items or items.max()) + 1),
    )


def builder(interactions):
    return HistoryBuilder(interactions, has_times=True, contexts=None)


def targets(interactions, rows, *, filter_seen):
    return RankingTargets(
        interactions, rows.test, builder(interactions), max_history_len=2, candidate=None, filter_seen=filter_seen
    )


def random_table(seed=0, users=30, items=50):
    generator = np.random.default_rng(seed)
    return table(*(generator.integers(1, items + 1, generator.integers(1, 60)) for _ in range(users)), num_items=items)


@pytest.mark.parametrize("stride", [None, 7, 3, 1])
def test_every_interaction_but_the_first_is_a_target_once(stride):
    interactions, length = random_table(), 7
    start, end = interactions.offsets[:-1], interactions.offsets[1:]
    windows = AllWindows(stride=stride)(start, end, length)
    targets = np.concatenate([np.arange(a, b) for a, b in zip(windows.first_target, windows.end, strict=True)])
    expected = np.setdiff1d(np.arange(end[-1]), start)
    assert np.array_equal(np.sort(targets), expected)
    inputs = windows.end - windows.start - 1
    assert inputs.max() == length
    assert inputs.min() >= 1
    first_of_user = interactions.offsets[interactions.user_idx[windows.start]]
    before = windows.first_target - windows.start
    assert (before >= np.minimum(length - (stride or length) + 1, windows.first_target - first_of_user)).all()


def test_last_window_learns_the_newest_only():
    interactions = table([1, 2, 3, 4, 5], [6], [7, 8])
    windows = LastWindow()(interactions.offsets[:-1], interactions.offsets[1:], 2)
    assert [field.tolist() for field in windows] == [[2, 6], [5, 8], [3, 7]]


def test_a_stride_that_skips_targets_is_refused():
    with pytest.raises(ConfigError, match=r"windows.stride: got 8"):
        AllWindows(stride=8)(np.array([0]), np.array([20]), 7)


def test_a_training_batch_by_hand():
    interactions = table([1, 2, 3, 4, 5, 6], [7, 8])
    windows = AllWindows(stride=2)(interactions.offsets[:-1], interactions.offsets[1:], 3)
    data = TrainingWindows(interactions, windows, builder(interactions))
    batch = data[np.arange(3)]
    assert batch.windows.user_B.tolist() == [0, 0, 1]
    assert batch.windows.item_BL.tolist() == [[3, 4, 5, 6], [1, 2, 3, 4], [7, 8, 0, 0]]
    assert batch.windows.time_BL.tolist() == [[2, 3, 4, 5], [0, 1, 2, 3], [6, 7, 0, 0]]
    assert batch.windows.length_B.tolist() == [4, 4, 2]
    histories, target_BL = batch.next_items()
    assert histories.item_BL.tolist() == [[3, 4, 5], [1, 2, 3], [7, 0, 0]]
    assert histories.time_BL.tolist() == [[2, 3, 4], [0, 1, 2], [6, 0, 0]]
    assert histories.length_B.tolist() == [3, 3, 1]
    assert target_BL.tolist() == [[0, 5, 6], [2, 3, 4], [8, 0, 0]]
    assert data.num_targets() == 6


def test_a_ranking_batch_sees_the_whole_history_but_looks_back_its_length():
    """T11: the test history has the validation item. T13: all of the history is seen, not its newest part."""
    interactions = table([1, 2, 2, 3, 4, 5], [6, 7, 8])
    rows = LeaveOneOut()(interactions)
    batch = targets(interactions, rows, filter_seen=True)[np.arange(2)]
    assert batch.histories.item_BL.tolist() == [[3, 4], [6, 7]]
    assert batch.target_B.tolist() == [5, 8]
    seen = list(zip(batch.seen.row_S.tolist(), batch.seen.item_S.tolist(), strict=True))
    assert seen == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 6), (1, 7)]
    assert len(targets(interactions, rows, filter_seen=False)[np.arange(2)].seen.row_S) == 0


def test_rows_of_a_ranking_batch_keep_what_is_theirs():
    interactions = random_table()
    rows = LeaveOneOut()(interactions)
    every = targets(interactions, rows, filter_seen=True)
    whole, part = every[np.arange(9)].rows(3, 7), every[np.arange(3, 7)]
    assert whole.target_B.tolist() == part.target_B.tolist()
    assert whole.histories.item_BL.tolist() == part.histories.item_BL.tolist()
    assert whole.seen.row_S.tolist() == part.seen.row_S.tolist()
    assert whole.seen.item_S.tolist() == part.seen.item_S.tolist()


def test_the_newest_positions_of_right_padded_rows():
    tensor_BL = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 0]])
    length_B = torch.tensor([4, 2, 3])
    assert newest(tensor_BL, length_B, 2).tolist() == [[3, 4], [5, 6], [8, 9]]
    assert newest(tensor_BL, length_B, 4).tolist() == tensor_BL.tolist()


def test_leave_one_out_trains_on_neither_target():
    interactions = table([1, 2, 3, 4], [5, 6], [7, 8, 9])
    rows = LeaveOneOut()(interactions)
    assert rows.train_end.tolist() == [2, 6, 7]  # the user of two interactions serves training alone
    assert rows.val.row.tolist() == [2, 7]
    assert rows.test.row.tolist() == [3, 8]


def test_leave_one_out_needs_three_interactions():
    with pytest.raises(DataError, match="at least 3 interactions"):
        LeaveOneOut()(table([1, 2], [3]))


@pytest.mark.parametrize("protocol", [UniformProtocol(n=9, seed=4), PopularProtocol(n=9, seed=4)])
def test_sampled_candidates(protocol, tmp_path):
    """T5: drawn once, distinct, outside the whole history; kept in the cache."""
    interactions = random_table()
    rows = LeaveOneOut()(interactions)
    drawn = protocol.candidates(interactions, rows, rows.test.row, "test", tmp_path, "key")
    users = interactions.user_idx[rows.test.row]
    for user, candidates in zip(users, drawn, strict=True):
        real = candidates[candidates > 0]
        history = interactions.item_idx[interactions.offsets[user] : interactions.offsets[user + 1]]
        assert len(set(real.tolist())) == len(real)
        assert not set(real.tolist()) & set(history.tolist())
        assert len(real) == 9
    assert np.array_equal(drawn, protocol.candidates(interactions, rows, rows.test.row, "test", tmp_path, "key"))
    assert len(list((tmp_path / "candidates").glob("*.npy"))) == 1


def test_a_user_who_has_seen_everything_gets_what_is_left(tmp_path):
    """T6: bounded work, fewer candidates."""
    interactions = table([1, 2, 3, 4], [1, 2, 3], num_items=4)
    rows = LeaveOneOut()(interactions)
    drawn = UniformProtocol(n=3, seed=0).candidates(interactions, rows, rows.test.row, "test", tmp_path, "key")
    assert [sorted(row) for row in drawn.tolist()] == [[0, 0, 0], [0, 0, 4]]
