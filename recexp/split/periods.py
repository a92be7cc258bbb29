"""Splits that cut every history into three successive periods: training, validation and test."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from recexp.checks import check_whole
from recexp.data.interactions import Interactions
from recexp.errors import DataError
from recexp.split.base import Split, SplitRows, Targets, training_items
from recexp.split.targets import RuleName, TargetChoice


@dataclass(frozen=True, kw_only=True)
class PeriodSplit(Split):
    """A subclass defines where the periods of each user begin.

    target, later_history, seed: see `TargetChoice`, which is used for validation and for test.
    drop_new_items: leave out targets whose item has no training interaction. The item remains a candidate.
    drop_new_users: leave out targets of users without training interactions.
    Targets without a history are always left out.
    """

    target: RuleName
    later_history: bool | None
    drop_new_items: bool
    drop_new_users: bool
    seed: int

    def __post_init__(self) -> None:
        check_whole("split.seed", self.seed, least=0)
        self._choice()

    @abstractmethod
    def bounds(self, interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
        """The first row of validation and the first row of test of each user; int64 [num_users] each."""

    @abstractmethod
    def describe_bounds(self) -> str:
        """The periods in words."""

    def __call__(self, interactions: Interactions) -> SplitRows:
        train_end, val_end = self.bounds(interactions)
        choose = self._choice()
        left_out: dict[str, Targets] = {}
        parts = {"validation": choose(train_end, val_end), "test": choose(val_end, interactions.offsets[1:])}
        rows = SplitRows(train_end, parts["validation"], parts["test"])
        for name, targets in parts.items():
            parts[name] = self._without_new(interactions, rows, targets, name, left_out)
            if len(parts[name]) == 0:
                raise DataError(
                    f"{self.describe_bounds()}: none of {len(targets)} {name} targets is left. Move the bounds, or "
                    "keep more with split.drop_new_items=false split.drop_new_users=false"
                )
        return SplitRows(train_end, parts["validation"], parts["test"], left_out)

    def describe(self) -> str:
        dropped = [name for name in ("items", "users") if getattr(self, f"drop_new_{name}")]
        kept = f"targets of {' and '.join(dropped)} without training left out" if dropped else "new ones kept"
        return f"{self.describe_bounds()}; {self._choice().describe()}; {kept}"

    def _choice(self) -> TargetChoice:
        return TargetChoice(self.target, self.later_history, self.seed)

    def _without_new(
        self, interactions: Interactions, rows: SplitRows, targets: Targets, period: str, left_out: dict[str, Targets]
    ) -> Targets:
        """The targets that are kept. The others are added to left_out, each under the first reason that applies."""
        user, start = interactions.user_idx[targets.row], interactions.offsets[:-1]
        trained = np.bincount(training_items(interactions, rows), minlength=interactions.num_items + 1) > 0
        reasons = {"without history": targets.history_end == start[user]}
        if self.drop_new_users:
            reasons["of new users"] = rows.train_end[user] == start[user]
        if self.drop_new_items:
            reasons["of new items"] = ~trained[interactions.item_idx[targets.row]]
        kept = np.ones(len(targets), bool)
        for reason, applies in reasons.items():
            left_out[f"{period} targets {reason}"] = targets.where(kept & applies)
            kept &= ~applies
        return targets.where(kept)
