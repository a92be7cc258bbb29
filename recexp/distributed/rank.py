"""The processes (ranks) of one run: which of them this is, and its share of rows, of the loss and of the results."""

from typing import Any, NamedTuple

import numpy as np
import torch
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor
from torch import distributed as dist


def is_rank_zero() -> bool:
    """Whether this process is the one that writes: the first of its run, or the only one."""
    return rank_zero_only.rank == 0  # type: ignore[attr-defined]


def rank_and_world_size() -> tuple[int, int]:
    """Rank and number of ranks; (0, 1) for a process alone."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def shard(rows: np.ndarray) -> np.ndarray:
    """This rank's part of a batch, which may have no row."""
    rank, ranks = rank_and_world_size()
    return np.array_split(rows, ranks)[rank] if ranks > 1 else rows


class WeightedLoss(NamedTuple):
    """loss: to differentiate on this rank. mean, targets: of the whole batch."""

    loss: Tensor
    mean: Tensor
    targets: int


def weighted_loss(loss: Tensor, targets: int) -> WeightedLoss:
    """loss: the mean over this rank's targets.

    Gradients are averaged over ranks; a rank counts by its targets, so that the average is that of the whole batch.
    """
    _, ranks = rank_and_world_size()
    if ranks == 1:
        return WeightedLoss(loss, loss, targets)
    sums = torch.stack([loss.detach().double() * targets, torch.tensor(targets, dtype=torch.float64).to(loss.device)])
    dist.all_reduce(sums)
    weight = (targets * ranks / sums[1]).to(loss.dtype)
    return WeightedLoss(loss * weight, (sums[0] / sums[1]).to(loss.dtype), int(sums[1]))


def gather_from_ranks(item: Any) -> list[Any]:
    """`item` of each rank, in their order."""
    _, ranks = rank_and_world_size()
    if ranks == 1:
        return [item]
    found: list[Any] = [None] * ranks
    dist.all_gather_object(found, item)
    return found
