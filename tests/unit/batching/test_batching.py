"""Batches of row numbers: every row once, in an order that depends on seed and epoch alone."""

import numpy as np

from recexp.batching.in_order import InOrder
from recexp.batching.sampler import EpochBatches
from recexp.batching.shuffled import Shuffled


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
