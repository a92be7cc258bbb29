"""Recommending to many users takes the memory of one block of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from recexp.data.interactions import Interactions
from recexp.data.side_information import SideInformation
from recexp.recommender.popularity import Popularity
from recexp.runs.folder import RunFolder
from recexp.runs.kept_data import KeptData
from recexp.serve.model import MOST_USERS, TrainedModel
from recexp.training.allocator import keep_freed_memory

BLOCKS, ITEMS = 12, 12_000
USERS = BLOCKS * MOST_USERS
NONE = SideInformation({}, {})


def popularity() -> TrainedModel:
    """Each user has taken one item."""
    user = np.arange(USERS, dtype=np.int32)
    of = Interactions(
        user_idx=user, item_idx=user % ITEMS + 1, time=user, offsets=np.arange(USERS + 1), user_ids=np.arange(USERS),
        item_ids=np.arange(ITEMS + 1) - 1,
    )  # fmt: skip
    return TrainedModel(
        folder=RunFolder(Path("absent")),
        record=None,
        config=OmegaConf.create({"max_history_len": 10}),
        recommender=Popularity(num_items=ITEMS, num_users=USERS),
        data=KeptData(of, of.offsets[1:], has_times=False, item=NONE, user=NONE, titles=None),
        context=(),
        device=torch.device("cpu"),
    )


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_number_of_users(monkeypatch):
    """A block's scores have 23 MB, and 12 blocks make a piece. What is kept of each must not lie between them."""
    model, memory = popularity(), []
    score = model.recommender.score

    def watched(histories):
        memory.append(resident_mb())
        return score(histories)

    monkeypatch.setattr(model.recommender, "score", watched)
    keep_freed_memory()  # as a training leaves the process
    assert len(model.recommend(users=model.user_ids, k=10)) == 10 * USERS
    assert len(memory) == BLOCKS
    assert memory[-1] - memory[2] < 25
