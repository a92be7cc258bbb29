"""Cuts a batch into blocks of users whose scores fit a fixed budget of bytes, whatever the catalogue (T26)."""

from collections.abc import Iterator

import torch

from recexp.batching.batches import RankingBatch

CPU_BLOCK_BYTES = 1 << 25  # of scores; comparing them takes about as much again
DEVICE_BLOCK_BYTES = 1 << 30
BYTES_PER_SCORE = 4


def users_per_block(num_items: int, device: torch.device) -> int:
    """How many users are scored at a time against `num_items` items; at least one."""
    budget = CPU_BLOCK_BYTES if device.type == "cpu" else DEVICE_BLOCK_BYTES
    return max(1, budget // (BYTES_PER_SCORE * num_items))


def blocks(batch: RankingBatch, num_items: int) -> Iterator[RankingBatch]:
    """The batch in its order; the whole of it where it fits."""
    users, size = len(batch.target_B), users_per_block(num_items, batch.target_B.device)
    if users <= size:
        yield batch
        return
    for start in range(0, users, size):
        yield batch.rows(start, start + size)
