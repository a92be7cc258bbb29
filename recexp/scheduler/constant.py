"""A constant learning rate after an optional linear warm-up."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from recexp.scheduler.warmup import check_warmup


def constant(optimizer: Optimizer, *, total_steps: int, warmup_steps: int) -> LambdaLR:
    """The optimiser's learning rate, which rises linearly over the first warmup_steps.

    total_steps: training steps. Raises ConfigError.
    """
    check_warmup(warmup_steps, total_steps)
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / max(1, warmup_steps)))
