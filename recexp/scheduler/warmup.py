"""What every schedule says of its warm-up."""

import logging

from recexp.checks import check_whole

log = logging.getLogger(__name__)


def check_warmup(warmup_steps: int, total_steps: int) -> None:
    """Raises ConfigError for what is no number of steps; warns of a warm-up as long as the training."""
    check_whole("scheduler.warmup_steps", warmup_steps, least=0)
    if warmup_steps and warmup_steps >= total_steps:
        log.warning(
            "scheduler.warmup_steps=%d: the %d steps of training end before the rate is optimizer.lr",
            warmup_steps,
            total_steps,
        )
