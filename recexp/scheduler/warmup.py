"""What every schedule refuses: a warm-up that is no warm-up."""

from recexp.checks import check_whole
from recexp.errors import ConfigError


def check_warmup(warmup_steps: int, total_steps: int) -> None:
    """Raises ConfigError for a warm-up as long as the training, in which the rate would never be reached."""
    check_whole("scheduler.warmup_steps", warmup_steps, least=0)
    if warmup_steps >= max(1, total_steps):
        raise ConfigError(
            f"scheduler.warmup_steps: got {warmup_steps}, expected less than the {total_steps} of training"
        )
