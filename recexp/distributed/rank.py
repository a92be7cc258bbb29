"""The processes (ranks) of one run: which rank this process is, and its part of batches, losses and results."""

from typing import Any, NamedTuple

import numpy as np
import torch
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor
from torch import distributed as dist


def is_rank_zero() -> bool:
    """Whether this process is the first or only rank of its run, which alone writes files."""
    return rank_zero_only.rank == 0  # type: ignore[attr-defined]


def rank_and_world_size() -> tuple[int, int]:
    """This process's rank and the number of ranks; (0, 1) for a single process."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def shard(rows: np.ndarray) -> np.ndarray:
    """This rank's part of the rows of a batch; it may be empty."""
    rank, ranks = rank_and_world_size()
    return np.array_split(rows, ranks)[rank] if ranks > 1 else rows


class WeightedLoss(NamedTuple):
    """loss: what this rank differentiates. mean, targets: mean loss and number of targets of the whole batch."""

    loss: Tensor
    mean: Tensor
    targets: int


def weighted_loss(loss: Tensor, targets: int) -> WeightedLoss:
    """Weights a rank's loss by its targets, because gradients are averaged over ranks.

    The average is then the gradient of the mean loss over the whole batch. loss: the mean over this rank's targets.
    """
    _, ranks = rank_and_world_size()
    if ranks == 1:
        return WeightedLoss(loss, loss, targets)
    sums = torch.stack([loss.detach().double() * targets, torch.tensor(targets, dtype=torch.float64).to(loss.device)])
    dist.all_reduce(sums)
    weight = (targets * ranks / sums[1]).to(loss.dtype)
    return WeightedLoss(loss * weight, (sums[0] / sums[1]).to(loss.dtype), int(sums[1]))


def gather_from_ranks(item: Any) -> list[Any]:
    """The `item` of each rank, in the order of ranks."""
    _, ranks = rank_and_world_size()
    if ranks == 1:
        return [item]
    found: list[Any] = [None] * ranks
    dist.all_gather_object(found, item)
    return found
