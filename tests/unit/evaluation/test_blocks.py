"""Ranking needs the same memory however many users there are, and no more than its budget for any catalogue."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from recexp.evaluation import blocks as blocks_module
from recexp.evaluation.blocks import BYTES_PER_SCORE, CPU_BLOCK_BYTES, blocks, users_per_block
from tests.unit.evaluation.test_memory_retry import ITEMS, USERS, batch

CPU = torch.device("cpu")


@pytest.mark.parametrize("num_items", [1, 3_416, 54_542, 1_000_000, 50_000_000])
def test_the_scores_of_a_block_stay_within_the_budget(num_items):
    """T26: but for one user, whose scores are the least there can be."""
    users = users_per_block(num_items, CPU)
    assert users == 1 or users * num_items * BYTES_PER_SCORE <= CPU_BLOCK_BYTES
    assert (users + 1) * num_items * BYTES_PER_SCORE > CPU_BLOCK_BYTES


def test_blocks_hold_the_batch_in_its_order(monkeypatch):
    whole = batch()
    assert list(blocks(whole, ITEMS)) == [whole]
    monkeypatch.setattr(blocks_module, "CPU_BLOCK_BYTES", 3 * ITEMS * BYTES_PER_SCORE)
    parts = list(blocks(whole, ITEMS))
    assert [len(part.target_B) for part in parts] == [3, 3, USERS - 6]
    assert torch.cat([part.target_B for part in parts]).equal(whole.target_B)
    assert torch.cat([part.histories.item_BL for part in parts]).equal(whole.histories.item_BL)
    starts = np.cumsum([0, 3, 3])
    rows = torch.cat([part.seen.row_S + int(start) for part, start in zip(parts, starts, strict=True)])
    assert rows.equal(whole.seen.row_S)


RANK_MANY = """
import resource
import torch
import recexp.training.module as module_file
from recexp.batching.batches import RankingBatch, SeenItems
from recexp.batching.histories import Histories
from recexp.metric.hr import HitRate
from recexp.recommender.popularity import Popularity

torch.set_num_threads(1)
USERS, ITEMS = 64, 80_000
module_file.return_freed_memory = module_file.keep_freed_memory  # the worst case: all of it lies on the heap


class Scores(Popularity):
    def score(self, histories):
        return super().score(histories).clone()  # 20 MB; its own are one row for all users


module = module_file.RecommenderModule(
    recommender=Scores(num_items=ITEMS, num_users=USERS), num_items=ITEMS, optimizer=None, scheduler=None,
    metrics=[HitRate()], ks=[10], seed=0, run_hash="",
)
module.on_validation_epoch_start()


def rank(batches):
    for number in range(batches):
        user_B = torch.arange(USERS)
        histories = Histories(user_B, torch.ones(USERS, 1, dtype=torch.long), torch.ones_like(user_B))
        seen = SeenItems(user_B, torch.full_like(user_B, 1))
        module.validation_step(RankingBatch(user_B, histories, user_B + 2, seen, None), number)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


print(rank(10), rank(50))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of a process is read as Linux has it")
def test_memory_is_flat_over_batches():
    """T35: where small arrays of each batch are kept, the heap grows by about a score matrix a batch, 900 MB here."""
    done = subprocess.run([sys.executable, "-c", RANK_MANY], capture_output=True, text=True, check=True)
    after_10, after_60 = map(float, done.stdout.split())
    assert after_60 < after_10 + 300
