"""Global time: everything before one point in time is training, everything after a later one is test."""

from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np

from recexp.data.interactions import Interactions
from recexp.errors import ConfigError, DataError
from recexp.split.periods import PeriodSplit


@dataclass(frozen=True, kw_only=True)
class GlobalTime(PeriodSplit):
    """val_from, test_from: the times at which validation and test begin, each in one of three forms.

    - A share below 1 of all interactions: with 0.8, the oldest 80 % come before, as nearly as ties allow.
    - A time in the unit of the file, from 1 on.
    - A date in ISO 8601 (2003-02-28, 2003-02-28T12:00), in UTC unless it names a time zone. The file must then count
      seconds since 1970.
    """

    uses_time = True

    val_from: float | str
    test_from: float | str

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in (("val_from", self.val_from), ("test_from", self.test_from)):
            _check_bound(f"split.{name}", value)

    def bounds(self, interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
        time, user, start = interactions.time, interactions.user_idx, interactions.offsets[:-1]
        val_from, test_from = (_bound(value, time) for value in (self.val_from, self.test_from))
        if not time.min() < val_from < test_from <= time.max():
            raise DataError(
                f"split.val_from={self.val_from}, split.test_from={self.test_from}: got the times {val_from:.0f} and "
                f"{test_from:.0f}, expected the first to come before the second, and both within the times of the "
                f"dataset, {time.min():.0f} to {time.max():.0f}. A date needs a file with seconds since 1970; for "
                "another unit, give a share such as 0.9 or a time in that unit"
            )
        before_val, before_test = (
            np.bincount(user[time < bound], minlength=interactions.num_users) for bound in (val_from, test_from)
        )
        return start + before_val, start + before_test

    def describe_bounds(self) -> str:
        return f"global time: validation from {self.val_from}, test from {self.test_from}"


def _check_bound(key: str, value: float | str) -> None:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise ConfigError(
                f"{key}: got {value!r}, expected a date such as 2003-02-28, a share such as 0.9, or a time in the "
                "unit of the file"
            ) from error
    elif value <= 0:
        raise ConfigError(f"{key}: got {value}, expected a share above 0, or a time in the unit of the file from 1")


def _bound(value: float | str, time: np.ndarray) -> float:
    """The time at which a period begins, in the unit of the file."""
    if isinstance(value, str):
        date = datetime.fromisoformat(value)
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    if value >= 1:
        return value
    place = int(value * len(time))
    return np.partition(time, place)[place].item()
