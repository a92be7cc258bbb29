"""The check of a schedule's warm-up."""

import logging

from recexp.checks import check_whole

log = logging.getLogger(__name__)


def check_warmup(warmup_steps: int, total_steps: int) -> None:
    """Raises ConfigError for an invalid number of steps. Warns if the warm-up is as long as the training."""
    check_whole("scheduler.warmup_steps", warmup_steps, least=0)
    if warmup_steps and warmup_steps >= total_steps:
        log.warning(
            "scheduler.warmup_steps=%d: training ends after %d steps, before the learning rate reaches optimizer.lr",
            warmup_steps,
            total_steps,
        )
