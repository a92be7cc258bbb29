"""User folds: cross-validation over users. The users of the test fold are never trained on."""

from dataclasses import dataclass

import numpy as np

from recexp.checks import check_whole
from recexp.data.interactions import Interactions
from recexp.errors import ConfigError, DataError
from recexp.split.base import Split, SplitRows, Targets


@dataclass(frozen=True, kw_only=True)
class UserFold(Split):
    """The users of fold `fold` (0 ... num_folds - 1) are the test users, those of the next fold the validation users.

    The last interaction of such a user is the target, and all earlier ones are its history; none of them is training. A
    user with a single interaction is always training. seed: assigns users to folds. It is not the training seed, so a
    sweep over `split.fold=0,1,2,3,4` tests every user once.
    """

    fold: int
    num_folds: int
    seed: int

    def __post_init__(self) -> None:
        check_whole("split.num_folds", self.num_folds, least=3)
        check_whole("split.seed", self.seed, least=0)
        check_whole("split.fold", self.fold, least=0)
        if self.fold >= self.num_folds:
            raise ConfigError(f"split.fold: got {self.fold}, expected 0 ... {self.num_folds - 1} (split.num_folds - 1)")

    def __call__(self, interactions: Interactions) -> SplitRows:
        fold = np.random.default_rng(self.seed).permutation(interactions.num_users) % self.num_folds
        start, end = interactions.offsets[:-1], interactions.offsets[1:]
        testable = end - start >= 2
        in_test, in_val = (testable & (fold == held) for held in (self.fold, (self.fold + 1) % self.num_folds))
        if not in_test.any() or not in_val.any():
            raise DataError(
                f"split=user_fold: fold {self.fold} of {self.num_folds} or the next one has no user with 2 "
                f"interactions; the dataset has {interactions.num_users} users. Use fewer folds: split.num_folds"
            )
        val, test = end[in_val] - 1, end[in_test] - 1
        return SplitRows(np.where(in_test | in_val, start, end), Targets(val, val), Targets(test, test))

    def describe(self) -> str:
        return (
            f"user fold {self.fold} of {self.num_folds} (seed {self.seed}): users never trained on, last interaction = "
            "target; validation = the next fold"
        )
