"""Leave-one-out: each user's last interaction is the test, the one before it the validation."""

from dataclasses import dataclass

import numpy as np

from recexp.data.interactions import Interactions
from recexp.errors import DataError
from recexp.split.base import Split, SplitRows, Targets


@dataclass(frozen=True, kw_only=True)
class LeaveOneOut(Split):
    """As in NCF and SASRec: the test history includes the validation item (T11).

    All interactions of a user with fewer than 3 are training.
    """

    def __call__(self, interactions: Interactions) -> SplitRows:
        end = interactions.offsets[1:]
        tested = np.diff(interactions.offsets) >= 3
        if not tested.any():
            raise DataError(
                "split=leave_one_out needs users with at least 3 interactions (one to train, one to validate, one to "
                f"test); none of the {interactions.num_users} users has so many. Relax dataset.min_rating or "
                "dataset.k_core, or check that dataset.user names the right column."
            )
        val, test = end[tested] - 2, end[tested] - 1
        return SplitRows(train_end=np.where(tested, end - 2, end), val=Targets(val, val), test=Targets(test, test))

    def describe(self) -> str:
        return "leave-one-out: last interaction = test, second last = validation"
