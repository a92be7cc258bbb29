"""Batches of row numbers: every row once, in an order that depends on seed and epoch alone."""

import numpy as np
import pytest

from recexp.batching.bucketed import Bucketed
from recexp.batching.in_order import InOrder
from recexp.batching.sampler import EpochBatches
from recexp.batching.shuffled import Shuffled
from recexp.errors import ConfigError


def batches(batching, seed=0, epoch=0, rows=10):
    sampler = EpochBatches(np.arange(rows) % 7, batching=batching, batch_size=4, seed=seed)
    sampler.set_epoch(epoch)
    found = list(sampler)
    assert len(found) == len(sampler)
    return found


def test_in_order():
    assert [batch.tolist() for batch in batches(InOrder(), epoch=3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_shuffling_depends_on_seed_and_epoch_alone():
    """T20."""

    def order(seed, epoch):
        return np.concatenate(batches(Shuffled(), seed, epoch)).tolist()

    assert order(0, 3) == order(0, 3)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4
    assert sorted(order(0, 0)) == list(range(10))


def test_an_iterator_that_is_made_before_the_epoch_is_set_gives_the_epoch_s_order():
    """A resuming Lightning asks in this order."""
    sampler = EpochBatches(np.ones(10), batching=Shuffled(), batch_size=4, seed=0)
    early = iter(sampler)
    sampler.set_epoch(5)
    assert [batch.tolist() for batch in early] == [batch.tolist() for batch in batches(Shuffled(), epoch=5)]


def test_buckets_hold_every_row_once_in_batches_of_similar_length():
    length = np.random.default_rng(0).integers(1, 50, 203)
    found = Bucketed(pool_batches=5)(length, 8, np.random.default_rng(1))
    assert np.array_equal(np.sort(np.concatenate(found)), np.arange(203))
    assert sorted(map(len, found)) == [3, *[8] * 25]
    padded, shuffled = (
        sum(length[batch].max() * len(batch) for batch in batches)
        for batches in (found, Shuffled()(length, 8, np.random.default_rng(1)))
    )
    assert padded < 0.75 * shuffled


def test_buckets_are_new_each_epoch_and_depend_on_seed_and_epoch_alone():
    """T20. Neither the order of the batches nor who is together stays."""
    bucketed = Bucketed(pool_batches=2)

    def sets(seed, epoch):
        return [frozenset(batch.tolist()) for batch in batches(bucketed, seed, epoch, rows=40)]

    assert sets(0, 3) == sets(0, 3)
    assert set(sets(0, 3)) != set(sets(0, 4))
    assert set(sets(0, 3)) != set(sets(1, 3))


def test_batches_are_not_sorted_by_length():
    length = np.arange(400)
    first = [length[batch[0]] for batch in Bucketed(pool_batches=10)(length, 4, np.random.default_rng(0))]
    assert abs(np.corrcoef(first, np.arange(len(first)))[0, 1]) < 0.3


def test_a_pool_of_one_batch_is_shuffled():
    length = np.ones(30, int)
    one, shuffled = Bucketed(pool_batches=1), Shuffled()
    assert {frozenset(batch.tolist()) for batch in one(length, 4, np.random.default_rng(0))} == {
        frozenset(batch.tolist()) for batch in shuffled(length, 4, np.random.default_rng(0))
    }


def test_an_impossible_pool_is_refused():
    with pytest.raises(ConfigError, match=r"batching.pool_batches: got 0"):
        Bucketed(pool_batches=0)
