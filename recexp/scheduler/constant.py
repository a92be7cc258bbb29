"""A constant learning rate, after a linear warm-up where asked for."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from recexp.scheduler.warmup import check_warmup


def constant(optimizer: Optimizer, *, total_steps: int, warmup_steps: int) -> LambdaLR:
    """The optimiser's rate; over the first warmup_steps it rises from 1 / warmup_steps of it."""
    check_warmup(warmup_steps, total_steps)
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
