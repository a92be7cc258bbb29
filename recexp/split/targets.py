"""Which interactions of a period are targets, and where their histories end.

The four rules are those of Gusak et al. (Time to Split, RecSys 2025), who show how much their results differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recexp.errors import ConfigError
from recexp.split.base import Targets

RuleName = Literal["last", "random", "all", "successive"]


def last(start: np.ndarray, end: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return end - 1


def random(start: np.ndarray, end: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return generator.integers(start, end)


def every(start: np.ndarray, end: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return rows_between(start, end)


def rows_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """int64: the numbers start ... end - 1 of each pair, concatenated."""
    length = end - start
    return np.arange(length.sum()) + np.repeat(start - (np.cumsum(length) - length), length)


@dataclass(frozen=True)
class Rule:
    """pick: draws the target rows from each user's rows of the period. words: for the protocol.

    later_history: see `TargetChoice`; None if the rule allows both values.
    """

    pick: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
    words: str
    later_history: bool | None = None


RULES: dict[RuleName, Rule] = {
    "last": Rule(last, "each user's last interaction"),
    "random": Rule(random, "one random interaction a user"),
    "all": Rule(every, "all interactions at once", later_history=False),
    "successive": Rule(every, "all interactions one after the other", later_history=True),
}


@dataclass(frozen=True)
class TargetChoice:
    """target: the name of the rule. seed: of the rule `random`; not the training seed.

    later_history: whether a target's history includes what came before it within the period. None: yes, except for the
    rule `all`, which predicts all targets at once.
    """

    target: RuleName
    later_history: bool | None
    seed: int

    def __post_init__(self) -> None:
        fixed = RULES[self.target].later_history
        if None not in (fixed, self.later_history) and fixed != self.later_history:
            raise ConfigError(
                f"split.later_history: got {str(self.later_history).lower()} with split.target={self.target}, where it "
                f"is {str(fixed).lower()} by definition. Leave it null, or use split.target="
                f"{'all' if fixed else 'successive'}"
            )

    def __call__(self, start: np.ndarray, end: np.ndarray) -> Targets:
        """The targets of a period. start, end: int64 [num_users], each user's rows in the period, possibly none."""
        active = start < end
        start, end = start[active], end[active]
        row = RULES[self.target].pick(start, end, np.random.default_rng(self.seed))
        if self._sees_the_period():
            return Targets(row, row)
        return Targets(row, start[np.searchsorted(start, row, side="right") - 1])

    def describe(self) -> str:
        """The choice in words, for the protocol."""
        seed = f" (seed {self.seed})" if self.target == "random" else ""
        history = "all before it" if self._sees_the_period() else "what came before the period"
        mean = ", means over targets" if RULES[self.target].pick is every else ""
        return f"target {RULES[self.target].words}{seed}, history {history}{mean}"

    def _sees_the_period(self) -> bool:
        fixed = RULES[self.target].later_history
        return self.later_history is not False if fixed is None else fixed
