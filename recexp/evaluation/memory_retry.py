"""Ranking with less memory where there is not enough: half as many users at a time, which changes no metric."""

import logging
from collections.abc import Callable

import torch

from recexp.batching.batches import RankingBatch

log = logging.getLogger(__name__)
CPU_WORDS = ("can't allocate memory", "not enough memory")  # of torch, whose error on a CPU has no class of its own


class OutOfMemoryRetry:
    """Calls `rank` with a batch, or with its halves where that ran out of memory; later batches are cut at once."""

    def __init__(self, rank: Callable[[RankingBatch], None]) -> None:
        self.rank = rank
        self.most: int | None = None  # users that are known to be too many

    def __call__(self, batch: RankingBatch) -> None:
        users = len(batch.target_B)
        if self.most is None or users < self.most:
            if self._ranked(batch):
                return
            self.most = users
            log.warning("out of memory: %d users are too many to rank at a time, %d are next", users, users // 2)
        for half in halves(batch):
            self(half)

    def _ranked(self, batch: RankingBatch) -> bool:
        try:
            self.rank(batch)
        except Exception as error:
            if len(batch.target_B) == 1 or not is_out_of_memory(error):
                raise
        else:
            return True
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return False


def is_out_of_memory(error: Exception) -> bool:
    """Of a device or of the machine."""
    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or (isinstance(error, RuntimeError) and any(words in str(error) for words in CPU_WORDS))


def halves(batch: RankingBatch) -> tuple[RankingBatch, RankingBatch]:
    """The first users and the rest, in their order."""
    users = len(batch.target_B)
    return batch.rows(0, users // 2), batch.rows(users // 2, users)
