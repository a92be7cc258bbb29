"""What every split promises: nothing of a target is learned from, and none stands in its own history."""

from typing import ClassVar

import numpy as np
from hydra.utils import instantiate

from recexp.split.base import Split, SplitRows, is_training
from recexp.testing.small import compose_config, interactions


class SplitContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def split(self) -> Split:
        return instantiate(compose_config(*self.overrides, config_dir=self.config_dir).split)

    def rows(self) -> SplitRows:
        return self.split()(interactions())

    def test_targets_are_rows_in_order(self) -> None:
        rows = self.rows()
        for targets in (rows.val, rows.test):
            assert len(targets) > 0
            assert targets.row.dtype == targets.history_end.dtype == np.int64
            assert (np.diff(targets.row) > 0).all()  # none twice
            assert 0 <= targets.row[0] <= targets.row[-1] < len(interactions().item_idx)

    def test_a_history_is_of_its_user_and_ends_before_its_target(self) -> None:
        rows, of = self.rows(), interactions()
        for targets in (rows.val, rows.test):
            assert (of.offsets[of.user_idx[targets.row]] < targets.history_end).all()  # something to rank by
            assert (targets.history_end <= targets.row).all()

    def test_no_target_is_learned_from(self) -> None:
        rows = self.rows()
        for targets in (rows.val, rows.test):
            assert not is_training(interactions(), rows)[targets.row].any()

    def test_validation_comes_before_the_test(self) -> None:
        """No interaction is both, and of a user who has both, the test is newer."""
        rows, of = self.rows(), interactions()
        newest_val = np.full(of.num_users, -1)
        np.maximum.at(newest_val, of.user_idx[rows.val.row], rows.val.row)
        assert (newest_val[of.user_idx[rows.test.row]] < rows.test.row).all()

    def test_training_is_the_beginning_of_each_history(self) -> None:
        rows, of = self.rows(), interactions()
        assert (of.offsets[:-1] <= rows.train_end).all()
        assert (rows.train_end <= of.offsets[1:]).all()
        assert (rows.train_end > of.offsets[:-1]).any()

    def test_it_says_what_it_does_and_does_it_again(self) -> None:
        first, second = self.rows(), self.rows()
        for one, other in ((first.val, second.val), (first.test, second.test)):
            assert np.array_equal(one.row, other.row)
            assert np.array_equal(one.history_end, other.history_end)
        assert self.split().describe()
        assert self.split().check not in self.split().describe()


def split_contract(*overrides: str, config_dir: str | None = None) -> type[SplitContract]:
    """A test class for the split that the overrides choose, such as `split=ratio`."""
    return type("SplitContract", (SplitContract,), {"overrides": overrides, "config_dir": config_dir})
