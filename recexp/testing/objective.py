"""What every objective promises: it predicts targets of the batch, and shows none of them to who predicts it.

Letters: B rows, L positions.
"""

from typing import ClassVar

import torch
from hydra.utils import instantiate
from torch import Tensor

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import MASK, Histories
from recexp.objective.base import Objective
from recexp.testing.small import LENGTH, NUM_ITEMS, compose_config, histories, training_batch

DRAWS = 200


class ObjectiveContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def objective(self) -> Objective:
        return instantiate(compose_config(*self.overrides, config_dir=self.config_dir).objective)

    def corrupt(self, batch: TrainingBatch, seed: int) -> tuple[Histories, Tensor]:
        torch.manual_seed(seed)
        return self.objective().corrupt(batch)

    def test_the_same_seed_gives_the_same(self) -> None:
        """T20: nothing is drawn from another generator."""
        first, second = (self.corrupt(training_batch(), 3) for _ in range(2))
        assert torch.equal(first[0].item_BL, second[0].item_BL)
        assert torch.equal(first[1], second[1])

    def test_it_fits_the_window(self) -> None:
        seen, target_BL = self.corrupt(training_batch(), 0)
        assert target_BL.shape == seen.item_BL.shape
        assert seen.item_BL.shape[1] <= LENGTH
        assert ((seen.item_BL != 0).sum(dim=1) == seen.length_B).all()
        asked = self.objective().query(histories())
        assert asked.item_BL.shape[1] <= LENGTH
        assert ((asked.item_BL != 0).sum(dim=1) == asked.length_B).all()

    def test_every_target_is_predicted_and_nothing_else(self) -> None:
        """A row with targets predicts one at least in each draw, and each of them in some."""
        batch = training_batch()
        wanted = [set(row[keep].tolist()) for row, keep in zip(batch.windows.item_BL, batch.is_target_BL, strict=True)]
        found: list[set[int]] = [set() for _ in wanted]
        for seed in range(DRAWS):
            _, target_BL = self.corrupt(batch, seed)
            for row, targets in enumerate(target_BL):
                predicted = set(targets[targets > 0].tolist())
                assert predicted or not wanted[row]
                found[row] |= predicted
        assert found == wanted

    def test_padding_predicts_nothing(self) -> None:
        for seed in range(20):
            seen, target_BL = self.corrupt(training_batch(), seed)
            assert not target_BL[seen.item_BL == 0].any()

    def test_a_target_is_not_shown_to_who_predicts_it(self) -> None:
        """Another item in the place of a target changes nothing of what the position that predicts it sees."""
        batch, causal = training_batch(), self.objective().causal
        for row, place in batch.is_target_BL.nonzero().tolist():
            changed_BL = batch.windows.item_BL.clone()
            changed_BL[row, place] = NUM_ITEMS + 1  # found nowhere else
            changed = batch._replace(windows=batch.windows._replace(item_BL=changed_BL))
            for seed in range(20):
                seen, _ = self.corrupt(batch, seed)
                seen_changed, target_BL = self.corrupt(changed, seed)
                for position in (target_BL[row] == NUM_ITEMS + 1).nonzero().flatten().tolist():
                    visible = slice(0, position + 1) if causal else slice(None)
                    assert torch.equal(seen.item_BL[row, visible], seen_changed.item_BL[row, visible])

    def test_hidden_positions_exist_where_it_says_so(self) -> None:
        hidden = any((self.corrupt(training_batch(), seed)[0].item_BL == MASK).any() for seed in range(20))
        assert hidden == self.objective().masks
        assert (self.objective().query(histories()).item_BL == MASK).any() == self.objective().masks

    def test_the_query_keeps_the_newest_items(self) -> None:
        """What is read at the last position has the newest items before it, or is the newest item."""
        asked, full = self.objective().query(histories()), histories()
        for row in range(len(full.user_B)):
            items = full.item_BL[row, : full.length_B[row]].tolist()
            visible = [item for item in asked.item_BL[row, : asked.length_B[row]].tolist() if item != MASK]
            assert visible == items[-len(visible) :]
            assert len(visible) >= min(len(items), LENGTH - 1)

    def test_the_time_of_the_request_is_not_seen(self) -> None:
        """T29: no position of the query is later than the newest item."""
        asked, full = self.objective().query(histories()), histories()
        assert asked.time_BL is not None
        assert full.time_BL is not None
        assert (asked.time_BL.amax(dim=1) == full.time_BL.amax(dim=1)).all()


def objective_contract(*overrides: str, config_dir: str | None = None) -> type[ObjectiveContract]:
    """A test class for the objective that the overrides choose, such as `objective=cloze`."""
    return type("ObjectiveContract", (ObjectiveContract,), {"overrides": overrides, "config_dir": config_dir})
