"""The leakage audit: what a model learns from the future under a split, and what the order of the file decides.

It runs with each preparation and changes no number. With `split.check=strict`, each finding is an error.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from recexp.data.interactions import BY_FILE, Interactions, Prepared
from recexp.errors import DataError
from recexp.split.base import Split, SplitRows, Targets, is_training, training_items


@dataclass(frozen=True)
class TargetAudit:
    """The audit of one period's targets. All shares are from 0 to 1.

    targets, users: their numbers.
    before_training: share of targets that are older than some training interaction. None for a dataset without times.
    future_training: share of training interactions that are newer than a target, as a mean over targets. None likewise.
    tied: share of targets for which the order of the file among equal times decides which interaction is the target, or
    what its history is. None likewise.
    seen: share of targets that are already in their own history. A target is a candidate even if seen items are not.
    untrained_items, untrained_users: share of targets whose item, or user, has no training interaction.
    """

    targets: int
    users: int
    before_training: float | None
    future_training: float | None
    tied: float | None
    seen: float
    untrained_items: float
    untrained_users: float

    def findings(self) -> list[str]:
        """The findings in words, each with its share of the targets."""
        shares = {
            f"are older than training interactions (on average {self.future_training or 0:.1%} of the training is "
            "newer)": self.before_training,
            "are decided by the order of the file among equal times": self.tied,
            "are items that their history holds": self.seen,
            "are items without training": self.untrained_items,
            "belong to users without training": self.untrained_users,
        }
        return [f"{share:.1%} {what}" for what, share in shares.items() if share]


@dataclass(frozen=True)
class Audit:
    """The audit of a split of a dataset.

    split: the split in words. untrained_items, untrained_users: how many of the whole dataset have no training
    interaction. left_out: reason -> number of targets left out. periods: the audits of validation and test.
    """

    split: str
    training_interactions: int
    untrained_items: int
    untrained_users: int
    left_out: Mapping[str, int]
    periods: Mapping[str, TargetAudit] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def findings(self) -> list[str]:
        """The findings of validation and test in words."""
        return [f"{period}: {finding}" for period, part in self.periods.items() for finding in part.findings()]

    def __str__(self) -> str:
        """One paragraph with the counts and the findings of the test."""
        test = self.periods["test"]
        counts = ", ".join(f"{part.targets:,} for {period}" for period, part in self.periods.items())
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items() if count)
        return (
            f"split: {self.training_interactions:,} training interactions; targets: {counts}; without training: "
            f"{self.untrained_items:,} items, {self.untrained_users:,} users"
            + (f"; left out: {left_out}" if left_out else "")
            + (f"; of the test targets {', '.join(test.findings())}" if test.findings() else "")
        )


def check_times(prepared: Prepared, split: Split) -> None:
    """Raises DataError if the split compares times of different users and the dataset has no times."""
    if split.uses_time and prepared.card.order == BY_FILE:
        raise DataError(
            f"split: this split needs times, but dataset {prepared.card.name!r} has none (for dataset=csv: "
            "dataset.time=COLUMN). Use split=leave_one_out or split=ratio"
        )


def audit(prepared: Prepared, split: Split, rows: SplitRows) -> Audit:
    """Audits a split. Raises DataError for targets that are trained on; if `split.check=strict`, for any finding."""
    has_times = prepared.card.order != BY_FILE
    interactions = prepared.interactions
    periods = {"validation": rows.val, "test": rows.test}
    for period, targets in periods.items():
        _check_apart(interactions, rows, targets, period)
    count = np.bincount(training_items(interactions, rows), minlength=interactions.num_items + 1)
    found = Audit(
        split=split.describe(),
        training_interactions=int(count.sum()),
        untrained_items=int((count[1:] == 0).sum()),
        untrained_users=int((rows.train_end == interactions.offsets[:-1]).sum()),
        left_out={reason: len(targets) for reason, targets in rows.left_out.items()},
        periods={period: _audit(interactions, rows, targets, count, has_times) for period, targets in periods.items()},
    )
    if split.check == "strict" and found.findings():
        raise DataError(
            "split.check=strict refuses the split:\n  " + "\n  ".join(found.findings()) + "\nAnother split may "
            "have no findings (see docs/splits.md); split.check=report only reports them."
        )
    return found


def _check_apart(interactions: Interactions, rows: SplitRows, targets: Targets, period: str) -> None:
    """Raises DataError for targets that are trained on or in their own history: a mistake in a custom split (T11)."""
    user = interactions.user_idx[targets.row]
    wrong = (targets.row < rows.train_end[user]) | (targets.history_end > targets.row)
    if wrong.any():
        raise DataError(
            f"split: {wrong.sum():,} of {len(targets):,} {period} targets are trained on or in their own history, "
            f"for example row {targets.row[wrong][0]} of user_idx {user[wrong][0]}. train_end and history_end must not "
            "reach beyond the row of a target"
        )


def _audit(
    interactions: Interactions, rows: SplitRows, targets: Targets, count: np.ndarray, has_times: bool
) -> TargetAudit:
    user, item = interactions.user_idx[targets.row], interactions.item_idx[targets.row]
    later = _later_training(interactions, rows, targets) if has_times else None
    return TargetAudit(
        targets=len(targets),
        users=len(np.unique(user)),
        before_training=None if later is None else float((later > 0).mean()),
        future_training=None if later is None else float(later.mean()),
        tied=float(_tied(interactions, rows, targets).mean()) if has_times else None,
        seen=float(_seen(interactions, targets).mean()),
        untrained_items=float((count[item] == 0).mean()),
        untrained_users=float((rows.train_end[user] == interactions.offsets[user]).mean()),
    )


def _later_training(interactions: Interactions, rows: SplitRows, targets: Targets) -> np.ndarray:
    """float64 [k]: the share of all training interactions that are newer than each target."""
    time = np.sort(interactions.time[is_training(interactions, rows)])
    return 1 - np.searchsorted(time, interactions.time[targets.row], side="right") / max(1, len(time))


def _tied(interactions: Interactions, rows: SplitRows, targets: Targets) -> np.ndarray:
    """bool [k]: whether the order among equal times of the same user decides a target or its history.

    It does not where the end of the history cuts no equal times apart, all interactions of the target's own time are
    targets, or would be, and none of them is in the history of another.
    """
    user, time = interactions.user_idx, interactions.time
    begins = np.concatenate([[True], (user[1:] != user[:-1]) | (time[1:] != time[:-1])])
    start = np.flatnonzero(begins)
    size, apart = np.diff(start, append=len(time)), np.zeros(len(start), np.int64)
    for part in (rows.val, rows.test, *rows.left_out.values()):
        group = _group(start, part.row)
        apart += np.bincount(group[part.history_end <= start[group]], minlength=len(start))
    return ((size > 1) & (apart < size))[_group(start, targets.row)] | ~begins[targets.history_end]


def _group(start: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The number of the group that holds each row; group g begins at row start[g]."""
    return np.searchsorted(start, row, side="right") - 1


def _seen(interactions: Interactions, targets: Targets) -> np.ndarray:
    """bool [k]: whether the history of each target holds its item."""
    key = interactions.user_idx * np.int64(interactions.num_items + 1) + interactions.item_idx
    wanted, which = np.unique(key[targets.row], return_inverse=True)
    place = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    row = np.flatnonzero(wanted[place] == key)
    first = np.full(len(wanted), len(key))
    np.minimum.at(first, place[row], row)
    return first[which] < targets.history_end
