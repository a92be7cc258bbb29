"""Features of the context of an interaction: hour, weekday, gap to the user's previous interaction.

Letters: B batch, L history, F features. A code is a whole number; 0 is padding, and every feature has codes of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from recexp.data.interactions import BY_FILE, Interactions, Prepared
from recexp.errors import ConfigError, DataError

HOUR, DAY = 3600, 86400
THURSDAY = 3  # 1 January 1970, counted from Monday
UNTIL = 2**32  # seconds since 1970, in the year 2106


class ContextFeature(ABC):
    """num_codes: the codes of the feature are 0 ... num_codes - 1."""

    num_codes: ClassVar[int]

    @abstractmethod
    def codes(self, time: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """The code of each interaction, int64.

        time: int64, seconds since 1970. gap: int64, seconds since the user's previous interaction, -1 if there is none.
        """


class Hour(ContextFeature):
    """The hour of the day, in UTC."""

    num_codes = 24

    def codes(self, time: np.ndarray, gap: np.ndarray) -> np.ndarray:
        return time % DAY // HOUR


class Weekday(ContextFeature):
    """The day of the week from Monday, in UTC."""

    num_codes = 7

    def codes(self, time: np.ndarray, gap: np.ndarray) -> np.ndarray:
        return (time // DAY + THURSDAY) % 7


class Gap(ContextFeature):
    """The number of the gap's binary digits: 0, 1, 2-3, 4-7, ... seconds. A first interaction has the last code.

    Buckets that double in size are used by HSTU for relative time (Zhai et al., ICML 2024).
    """

    num_codes = 34  # 0 to 32 digits, and a first interaction

    def codes(self, time: np.ndarray, gap: np.ndarray) -> np.ndarray:
        _, digits = np.frexp(gap.astype(np.float64))  # gap = m * 2^digits with 0.5 <= m < 1
        return np.where(gap < 0, self.num_codes - 1, np.minimum(digits, self.num_codes - 2))


CONTEXT_FEATURES: dict[str, type[ContextFeature]] = {"hour": Hour, "weekday": Weekday, "gap": Gap}


def num_context_codes(names: Sequence[str]) -> int:
    """The number of codes of the named features, including 0 for padding."""
    return 1 + sum(CONTEXT_FEATURES[name].num_codes for name in names)


class ContextCodes:
    """The context features of interactions as codes, made batch by batch."""

    def __init__(self, interactions: Interactions, names: Sequence[str]) -> None:
        self.interactions = interactions
        self.features = [CONTEXT_FEATURES[name]() for name in names]
        self.first_code = np.cumsum([1, *(feature.num_codes for feature in self.features)])[:-1]

    def __call__(self, row: np.ndarray) -> np.ndarray:
        """row: int64 [...], flat rows of the interactions. Returns int64 [..., F]."""
        of = self.interactions
        time = of.time[row].astype(np.int64)
        before = of.time[np.maximum(row - 1, 0)].astype(np.int64)
        gap = np.where(row > of.offsets[of.user_idx[row]], time - before, -1)
        codes = [feature.codes(time, gap) for feature in self.features]
        return np.stack(codes, axis=-1) + self.first_code


def check_times(names: Sequence[str], prepared: Prepared) -> None:
    """Raises ConfigError if the dataset has no times, DataError if they are not in seconds since 1970."""
    if prepared.card.order == BY_FILE:
        raise ConfigError(
            f"features: got {', '.join(names)}, which need the time of each interaction; dataset "
            f"{prepared.card.name!r} is read without times (for dataset=csv: dataset.time=COLUMN). Remove them"
        )
    earliest, latest = int(prepared.interactions.time.min()), int(prepared.interactions.time.max())
    if earliest < 0 or latest >= UNTIL:
        raise DataError(
            f"features: {', '.join(names)} need times in seconds since 1970; those of dataset {prepared.card.name!r} "
            f"go from {earliest} to {latest}. Divide milliseconds by 1000"
        )
