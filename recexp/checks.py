"""Checks of single values of a config, with the key to mend in each message."""

import math
from typing import TypeGuard

from recexp.errors import ConfigError


def check_whole(key: str, value: object, *, least: int, most: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least or (most is not None and value > most):
        to = "" if most is None else f" to {most}"
        raise ConfigError(f"{key}: got {value!r}, expected a whole number from {least}{to}")


def check_positive(key: str, value: object) -> None:
    if not is_number(value) or value <= 0:
        raise ConfigError(f"{key}: got {value!r}, expected a number above 0")


def check_not_negative(key: str, value: object) -> None:
    if not is_number(value) or value < 0:
        raise ConfigError(f"{key}: got {value!r}, expected a number from 0")


def check_share(key: str, value: object) -> None:
    if not is_number(value) or not 0 <= value < 1:
        raise ConfigError(f"{key}: got {value!r}, expected a number from 0 to below 1")


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
