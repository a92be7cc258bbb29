"""Ranking that runs out of memory goes on with fewer users at a time, and ranks the same."""

import pandas as pd
import pytest
import torch

from recexp.batching.batches import RankingBatch, SeenItems
from recexp.batching.histories import Histories
from recexp.evaluation.evaluator import Evaluator
from recexp.evaluation.memory_retry import OutOfMemoryRetry
from recexp.metric.mrr import MRR

USERS, ITEMS = 7, 9


def batch():
    generator = torch.Generator().manual_seed(0)
    seen_row_S = torch.arange(USERS).repeat_interleave(2)
    item_BL = torch.randint(1, ITEMS, (USERS, 3), generator=generator)
    return RankingBatch(
        row_B=torch.arange(USERS),
        histories=Histories(torch.arange(USERS), item_BL, torch.full((USERS,), 3)),
        target_B=torch.randint(1, ITEMS, (USERS,), generator=generator),
        seen=SeenItems(seen_row_S, (torch.arange(2 * USERS) % 5) + 1),
        candidate_BC=None,
    )


def ranked(most):
    """With a machine that has memory for `most` users."""
    evaluator = Evaluator([MRR()], [5], "model")
    score_UN = torch.rand(USERS, ITEMS, generator=torch.Generator().manual_seed(1))
    tried = []

    def rank(batch):
        tried.append(len(batch.target_B))
        if len(batch.target_B) > most:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        evaluator.add(batch, score_UN[batch.histories.user_B])

    retry = OutOfMemoryRetry(rank)
    retry(batch())
    retry(batch())
    return evaluator.frame(), tried


def test_halves_rank_as_the_whole_and_later_batches_are_cut_at_once(caplog):
    whole, _ = ranked(USERS)
    cut, tried = ranked(2)
    pd.testing.assert_frame_equal(cut, whole)
    assert tried == [7, 3, 1, 2, 2, 2, 1, 2, 2, 2]
    assert "7 users are too many to rank at a time, 3 are next" in caplog.text


def test_one_user_too_many_and_other_errors_are_raised():
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        ranked(0)

    def broken(batch):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        OutOfMemoryRetry(broken)(batch())
