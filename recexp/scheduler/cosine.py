"""A cosine decay of the learning rate after a linear warm-up."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from recexp.errors import ConfigError
from recexp.scheduler.warmup import check_warmup


def cosine(optimizer: Optimizer, *, total_steps: int, warmup_steps: int, min_lr_ratio: float) -> LambdaLR:
    """Cosine decay from the optimiser's learning rate to min_lr_ratio of it (Loshchilov & Hutter, ICLR 2017).

    total_steps: training steps, at the end of which the decay is complete. Raises ConfigError.
    """
    check_warmup(warmup_steps, total_steps)
    if not 0 <= min_lr_ratio <= 1:
        raise ConfigError(f"scheduler.min_lr_ratio: got {min_lr_ratio}, expected a number from 0 to 1")

    def share(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        progress = min(1.0, (step - warmup_steps) / max(1, total_steps - warmup_steps))
        return min_lr_ratio + (1 - min_lr_ratio) * (1 + math.cos(math.pi * progress)) / 2

    return LambdaLR(optimizer, share)
