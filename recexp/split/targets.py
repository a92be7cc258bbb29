"""Which interactions of a period are targets, and where their histories end.

The four rules are those of Gusak et al. (Time to Split, RecSys 2025), which shows how far they lead apart.
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
    """int64: start ... end - 1 of each pair, one after the other."""
    length = end - start
    return np.arange(length.sum()) + np.repeat(start - (np.cumsum(length) - length), length)


@dataclass(frozen=True)
class Rule:
    """later_history: whether a target's history holds what its user did in the period before it; None: as asked."""

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
    """target: the rule's name. seed: of the random rule, apart from the training's seed.

    later_history: whether what a user did in the period before a target belongs to its history; None leaves it to
    the rule: it does, except where all targets are predicted at once.
    """

    target: RuleName
    later_history: bool | None
    seed: int

    def __post_init__(self) -> None:
        fixed = RULES[self.target].later_history
        if None not in (fixed, self.later_history) and fixed != self.later_history:
            raise ConfigError(
                f"split.later_history: got {str(self.later_history).lower()} with split.target={self.target}, where it "
                f"is {str(fixed).lower()} by definition. Leave it null, or take split.target="
                f"{'all' if fixed else 'successive'}"
            )

    def __call__(self, start: np.ndarray, end: np.ndarray) -> Targets:
        """start, end: int64 [num_users], the rows of each user in the period; a user without any has no target."""
        active = start < end
        start, end = start[active], end[active]
        row = RULES[self.target].pick(start, end, np.random.default_rng(self.seed))
        if self._sees_the_period():
            return Targets(row, row)
        return Targets(row, start[np.searchsorted(start, row, side="right") - 1])

    def describe(self) -> str:
        """In words, for the protocol."""
        seed = f" (seed {self.seed})" if self.target == "random" else ""
        history = "all before it" if self._sees_the_period() else "what came before the period"
        mean = ", means over targets" if RULES[self.target].pick is every else ""
        return f"target {RULES[self.target].words}{seed}, history {history}{mean}"

    def _sees_the_period(self) -> bool:
        fixed = RULES[self.target].later_history
        return self.later_history is not False if fixed is None else fixed
